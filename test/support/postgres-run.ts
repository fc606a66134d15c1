import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { POSTGRES_VERSIONS, stopPostgres } from '../../scripts/postgres.mjs';

declare module 'vitest' {
  interface ProvidedContext {
    /** Folder with the PostgreSQL servers of this run, once a test file has started them: one folder per version. */
    postgresRun: string;
  }
}

/** Runs around all test files of a run: they share one PostgreSQL of each version, which ends with them. */
export default function setup(project: TestProject): () => Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'pg-'));
  // Servers run as another account where we are root.
  chmodSync(folder, 0o711);
  project.provide('postgresRun', folder);
  return async () => {
    await Promise.all(POSTGRES_VERSIONS.map((version) => stopPostgres(join(folder, version))));
    rmSync(folder, { recursive: true, force: true });
  };
}
