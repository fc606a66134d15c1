import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { person, signedIn } from '../../support/person.ts';
import { expectShape } from '../../support/schemas.ts';

it('audit show lists the events of a credential, newest last, without secrets', async () => {
  const ada = await signedIn();
  const token = (await ada.run('token')).stdout.trim();
  await ada.run('profile refresh');
  await ada.run('profile logout');
  const { entries } = expectShape<{ entries: { event: string; profile?: string }[] }>(
    'audit-show',
    (await ada.run('audit show --json')).stdout,
  );
  expect(entries.map(({ event }) => event)).toEqual(['sign-in', 'refresh', 'sign-out']);
  const text = (await ada.run('audit show')).stdout;
  expect(text.trimEnd().split('\n')).toHaveLength(3);
  expect(text).toMatch(/sign-out .*profile=default/);
  expect(text).not.toContain(token.split('.')[2]);
  expect(await ada.json('audit show --limit 1')).toMatchObject({ entries: [{ event: 'sign-out' }] });
  expect(await ada.json('audit show --since 1h')).toMatchObject({ entries: { length: 3 } });
});

it('audit verify exits with 10 when a line was changed', async () => {
  const ada = await signedIn();
  expect(await ada.run('audit verify')).toMatchObject({ code: 0, stdout: expect.stringContaining('1') });
  expect(await ada.json('audit verify')).toMatchObject({ ok: true, entries: 1 });
  const folder = join(ada.context.home, 'audit');
  const file = readdirSync(folder).find((name) => name.endsWith('.jsonl')) ?? '';
  const path = join(folder, file);
  writeFileSync(path, readFileSync(path, 'utf8').replace('"sign-in"', '"sign-out"'));
  const { code, stdout } = await ada.run('audit verify');
  expect([code, stdout.length > 0]).toEqual([10, true]);
  expect(await ada.json('audit verify')).toMatchObject({ ok: false });
});

it('audit show says when there are no entries', async () => {
  expect(await person().run('audit show')).toMatchObject({ code: 0, stdout: expect.stringMatching(/\S/) });
  expect(await person().json('audit show')).toMatchObject({ entries: [] });
});

it.each(['--limit 0', '--limit x', '--since yesterday'])('audit show %s is a usage error', async (flags) => {
  expect((await person().run(`audit show ${flags}`)).code).toBe(2);
});
