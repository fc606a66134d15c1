import { expect, it } from 'vitest';
import type { PlanFile } from '../../src/platform/migrate/plan/file.ts';
import { crowd } from '../support/generated-source.ts';
import { apply, planFor } from '../support/migration.ts';
import { platformDatabase, type TestDatabase } from '../support/postgres-server.ts';
import { startApply } from '../support/started-apply.ts';

/** How often an apply of each kind is killed. By hand, more often: CODEMIE_KILLS=50. */
const KILLS = Number(process.env['CODEMIE_KILLS'] ?? 3);
const USERS = 5000;

/** How long an apply takes here until it writes, and as a whole, ms. */
async function timesOf(database: TestDatabase, plan: PlanFile, flags: readonly string[]) {
  const began = performance.now();
  const run = startApply(database, plan, flags);
  const started = await run.started;
  await run.done;
  return { started, whole: performance.now() - began };
}

it.each([
  ['in one transaction', []],
  ['in parts, while people work', ['--online']],
])(
  'an apply of 5,000 users %s, killed at random moments, goes on within 5 s and ends in the same dump',
  async (_how, flags) => {
    const source = await platformDatabase();
    const { plan } = await planFor(source, crowd(USERS, 3));
    const { whole, started: undisturbed } = await timesOf(source, plan, flags);
    const expected = await source.dump();
    const moments = Array.from({ length: KILLS }, (_, i) => (whole * (i + Math.random())) / KILLS);
    for (const moment of moments) {
      const database = await platformDatabase();
      const first = startApply(database, plan, flags);
      await first.killAt(moment);
      const second = startApply(database, plan, flags);
      const started = await second.started;
      await second.done;
      // On a busy machine the program itself takes long to start. A lock that nobody holds any more is what may not delay it.
      expect(started, `killed after ${moment} ms, the next apply started after ${started} ms`).toBeLessThan(
        Math.max(5000, 4 * undisturbed),
      );
      expect(await database.dump(), `killed after ${moment} ms`).toBe(expected);
      expect(await apply(database, plan)).toMatchObject({ outcome: 'already' });
    }
  },
);
