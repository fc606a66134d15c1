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

it('the environment sets up the platform like a deployment, an option wins, and a bad value refuses the start', async () => {
  const setUp = async (line: string, env: Record<string, string>): Promise<string | undefined> => {
    const operator = person({ env });
    const started = operator.run(line);
    await expect.poll(() => operator.context.out.stdout, { timeout: 10_000 }).toContain('\n');
    const { apiUrl } = expectShape<{ apiUrl: string }>('sandbox-ready', operator.context.out.stdout);
    const list = (await (await fetch(`${apiUrl}/v1/config`)).json()) as { id: string }[];
    operator.context.stop(interrupted('SIGINT'));
    expect((await started).code).toBe(0);
    return list.find(({ id }) => id === 'features:userManagement')?.id;
  };
  const env = { ENABLE_USER_MANAGEMENT: 'true' };
  expect(await setUp('sandbox start --json', env)).toBe('features:userManagement');
  expect(await setUp('sandbox start --json --access keycloak', env)).toBeUndefined();
  expect(await person({ env: { ENABLE_USER_MANAGEMENT: 'ture' } }).run('sandbox start')).toMatchObject({
    code: 9,
    stderr: expect.stringMatching(
      /ENABLE_USER_MANAGEMENT is "ture", not true or false\..*\[CONFIG_INVALID\]/s,
    ),
  });
});
