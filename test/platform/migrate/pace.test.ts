import { expect, it } from 'vitest';
import { pace } from '../../../src/platform/migrate/apply/pace.ts';

it('says how far an apply is, its rate and the time left, once a second and at the end', () => {
  const said: string[] = [];
  let now = 0;
  const onWritten = pace(
    (text) => said.push(text),
    () => now,
  );
  for (let step = 1; step <= 10; step += 1) {
    now = step * 400;
    onWritten(step * 1000, 10_000);
  }
  expect(said).toEqual([
    'Wrote 1000 of 10000 users and projects, 2500 a second, 4 s left',
    'Wrote 4000 of 10000 users and projects, 2500 a second, 2 s left',
    'Wrote 7000 of 10000 users and projects, 2500 a second, 1 s left',
    'Wrote 10000 of 10000 users and projects, 2500 a second, 0 s left',
  ]);
});
