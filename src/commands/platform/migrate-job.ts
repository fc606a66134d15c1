import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { jobManifest } from '../../platform/migrate/job.ts';
import { readPlan } from '../../platform/migrate/plan/file.ts';
import type { CommandRun } from '../spec.ts';

/** `codemie platform migrate job PLAN`: a Kubernetes Job that applies a plan. */
export const run: CommandRun = async ({ args, options }, { cwd, terminal }) => {
  const path = resolve(cwd, args[0] ?? '');
  const plan = await readPlan(path);
  const given = ['reason', 'lock-timeout'].flatMap((name) => {
    const value = options.text(name);
    return value === undefined ? [] : [`--${name}`, value];
  });
  terminal.print(
    jobManifest(plan, statSync(path).size, {
      namespace: options.text('namespace') ?? 'codemie',
      image: options.text('image'),
      databaseSecret: options.text('database-secret') ?? 'codemie-migration-database',
      planName: 'codemie-migration-plan',
      flags: [
        ...['skip-conflicts', 'online'].filter((name) => options.on(name)).map((name) => `--${name}`),
        ...given,
      ],
      version: CODEMIE_VERSION,
    }),
  );
  return 0;
};
