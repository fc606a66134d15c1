import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { stopKeycloak } from './keycloak-server.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Folder that says where the Keycloak of this run is, once a test file has started it. */
    keycloakRun: string;
  }
}

/** Runs around all test files of a run: they share one Keycloak, which ends with them. */
export default function setup(project: TestProject): () => Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'codemie-keycloak-'));
  project.provide('keycloakRun', folder);
  return async () => {
    await stopKeycloak(folder);
    rmSync(folder, { recursive: true, force: true });
  };
}
