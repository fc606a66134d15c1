import { expect, it } from 'vitest';
import { interrupted } from '../../../src/system/errors.ts';
import { outcomeOf } from '../../support/commands.ts';
import { testContext } from '../../support/context.ts';
import { person } from '../../support/person.ts';
import { expectShape } from '../../support/schemas.ts';

it('sandbox start lists its users, status shows where it runs, token mints, and a signal stops it', async () => {
  const ada = person();
  const other = testContext({ env: ada.context.env as Record<string, string> });
  const run = (line: string) => outcomeOf(other, ...line.split(' '));
  const started = ada.run('sandbox start');
  await expect
    .poll(() => ada.context.out.stderr, { timeout: 10_000 })
    .toMatch(/codemie profile login --url http:\S+/);
  expect(ada.context.out.stderr).toMatch(/^ +ada +\S+$/m);

  const { sandboxes } = expectShape<{ sandboxes: { url: string; pid: number }[] }>(
    'sandbox-status',
    (await run('sandbox status --json')).stdout,
  );
  expect(sandboxes).toMatchObject([{ pid: process.pid, url: expect.stringMatching(/^http:\/\/127/) }]);
  expect((await run('sandbox status')).stdout).toContain(sandboxes[0]?.url);

  const token = (await run('sandbox token --user bob')).stdout.trim();
  const me = await fetch(`${sandboxes[0]?.url}/code-assistant-api/v1/user`, {
    headers: { authorization: `Bearer ${token}` },
  });
  expect(await me.json()).toMatchObject({ email: 'bob@sandbox.example' });
  for (const line of ['sandbox token', 'sandbox token --user nobody'])
    expect(await run(line)).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('bob') });

  ada.context.stop(interrupted('SIGTERM'));
  expect((await started).code).toBe(0);
  expect(await run('sandbox status')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('codemie sandbox start'),
  });
});

it('sandbox start --json is one line for a script', async () => {
  const ada = person();
  const started = ada.run('sandbox start --json --auto-approve ada');
  await expect.poll(() => ada.context.out.stdout, { timeout: 10_000 }).toContain('\n');
  expectShape('sandbox-ready', ada.context.out.stdout);
  ada.context.stop(interrupted('SIGINT'));
  expect((await started).code).toBe(0);
});

it('without a sandbox, token says how to start one, and stop says that none ran', async () => {
  const ada = person();
  expect(await ada.run('sandbox token --user ada')).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/\[SANDBOX_NOT_RUNNING\][\s\S]*codemie sandbox start/),
  });
  expect(await ada.json('sandbox stop')).toMatchObject({ stopped: [] });
});

it('an unknown user cannot be approved automatically', async () => {
  expect(await person().run('sandbox start --auto-approve nobody')).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/"nobody".*ada.*\[SANDBOX_USER\]/),
  });
});
