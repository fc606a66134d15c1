import { appendFileSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  type PlanFile,
  type PlanHeader,
  planDate,
  planKey,
  planLines,
  readPlan,
  writePlan,
} from '../../../src/platform/migrate/plan/file.ts';
import { HAS_FILE_MODES } from '../../../src/system/file-modes.ts';
import { temporaryFolder } from '../../support/context.ts';
import { COUNTS, HEADER } from '../../support/plan-parts.ts';

const MADE_AT = '2026-11-27 06:00:00.000001';

async function* cut(text: string, size: number): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const lines = (count: number): string =>
  Array.from({ length: count }, (_, n) => `{"n":${n + 1},"do":"create","name":"Zoë ${n}"}\n`).join('');

async function made(count = 3, header: PlanHeader = HEADER): Promise<PlanFile> {
  const path = join(temporaryFolder(), 'plan.jsonl');
  return writePlan(path, header, cut(lines(count), 7), { counts: COUNTS, madeAt: MADE_AT });
}

const refusal = (path: string) => expect(readPlan(path)).rejects;

describe('a plan file', () => {
  it('is read back as it was written, whatever its size', async () => {
    for (const count of [0, 1, 3, 5000]) {
      const plan = await made(count);
      expect(await readPlan(plan.path)).toEqual(plan);
      const found = [];
      for await (const line of planLines(plan.path)) found.push(line);
      expect(found.join('\n')).toBe(lines(count).trimEnd());
    }
  });

  it.runIf(HAS_FILE_MODES)('is readable by its owner alone', async () => {
    const { path } = await made();
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('has the same hash for the same changes, at another time too; and is another plan then', async () => {
    const [one, two] = [await made(), await made()];
    expect(readFileSync(one.path, 'utf8')).toBe(readFileSync(two.path, 'utf8'));
    const later = await writePlan(`${one.path}-later`, HEADER, cut(lines(3), 1000), {
      counts: COUNTS,
      madeAt: planDate(1_800_000_000_000),
    });
    expect(later.end.hash).toBe(one.end.hash);
    expect(later.end.madeAt).toBe('2027-01-15 08:00:00.000000');
    expect(planKey(later)).not.toBe(planKey(one));
    expect((await made(4)).end.hash).not.toBe(one.end.hash);
    expect((await made(3, { ...HEADER, limit: 4 })).end.hash).not.toBe(one.end.hash);
  });

  it('is refused if a byte of it changed, if it was cut, or if it is something else', async () => {
    const { path } = await made(2000);
    const text = readFileSync(path, 'utf8');
    const changes = {
      'was changed after it was made': [
        text.replace('Zoë 7"', 'Zoë 8"'),
        text.replace('"limit":3', '"limit":9'),
        text.replace('{"n":2000,', '{"n":2000 ,'),
      ],
      'has no end': [text.slice(0, -300), text.split('\n').slice(0, -2).join('\n'), `${text}\n{}\n`],
      'is not a migration plan': [
        '',
        '{}\n',
        'realm: acme\n',
        text.replace('"schemaVersion":1', '"schemaVersion":2'),
      ],
    };
    for (const [why, texts] of Object.entries(changes))
      for (const changed of texts) {
        writeFileSync(path, changed);
        await refusal(path).toMatchObject({
          code: 'PLAN_BROKEN',
          exit: 'config',
          message: expect.stringContaining(why),
        });
      }
    await refusal(`${path}.none`).toMatchObject({ code: 'USAGE' });
    await refusal(dirname(path)).toMatchObject({ code: 'USAGE' });
    writeFileSync(path, text);
    appendFileSync(path, 'x');
    await refusal(path).toMatchObject({ code: 'PLAN_BROKEN' });
  });

  it('leaves nothing behind if the lines end in an error, and keeps the plan that was there', async () => {
    const { path } = await made();
    const before = readFileSync(path, 'utf8');
    async function* broken(): AsyncGenerator<Buffer> {
      yield Buffer.from('{"n":1}\n');
      throw new Error('the database is gone');
    }
    await expect(writePlan(path, HEADER, broken(), { counts: COUNTS, madeAt: MADE_AT })).rejects.toThrow(
      'gone',
    );
    expect(readdirSync(dirname(path))).toEqual(['plan.jsonl']);
    expect(readFileSync(path, 'utf8')).toBe(before);
  });
});
