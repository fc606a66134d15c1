import { expect, it, onTestFinished } from 'vitest';
import { SCHEMA_STEPS } from '../../src/sandbox/store/schema/steps.ts';
import { PASSWORD, platformDatabase } from '../support/postgres-server.ts';
import { Machine, mintToken } from '../support/program.ts';
import { expectShape } from '../support/schemas.ts';

function newMachine(): Machine {
  const machine = new Machine();
  onTestFinished(() => machine.dispose());
  return machine;
}

it('two replicas that start together on an empty database both serve, and see what the other writes', async () => {
  const database = await platformDatabase('empty');
  const machine = newMachine();
  const flags = ['--access', 'platform', '--database', database.url];
  const [one, two] = await Promise.all([machine.sandbox(...flags), machine.sandbox(...flags)]);
  expect(await database.query('SELECT count(*)::int AS n FROM codemie_sandbox.migrations')).toEqual([
    { n: SCHEMA_STEPS.length },
  ]);
  const asGrace = async (sandbox: typeof one, method: string, path: string, body?: object) => {
    const answer = await fetch(`${sandbox.url}/code-assistant-api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${await mintToken(sandbox.controlUrl, { user: 'grace' })}`,
        'content-type': 'application/json',
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return [answer.status, await answer.json()] as const;
  };
  const [made] = await asGrace(one, 'POST', '/projects', { name: 'shared-by-both', description: 'For two' });
  expect(made).toBe(201);
  expect(await asGrace(two, 'GET', '/projects/shared-by-both')).toEqual([
    200,
    expect.objectContaining({ name: 'shared-by-both' }),
  ]);
  await one.stop();
  await two.stop();

  // A start later finds it again, and adds nobody.
  const before = await database.dump();
  const third = await machine.sandbox(...flags);
  expect((await asGrace(third, 'GET', '/projects/shared-by-both'))[0]).toBe(200);
  await third.stop();
  expect(await database.dump()).toBe(before);
  expect(machine.output).not.toContain(PASSWORD);
});

it('a Keycloak-managed sandbox makes the tables and puts nobody in them, so that an import can come first', async () => {
  const database = await platformDatabase('empty');
  const sandbox = await newMachine().sandbox('--database', database.url);
  expect(await database.query('SELECT count(*)::int AS n FROM codemie.users')).toEqual([{ n: 0 }]);
  await sandbox.stop();
});

it('a sandbox does not start on a database that is ahead, or of a real platform, or that is away', async () => {
  const machine = newMachine();
  const start = (url: string) => machine.run(['sandbox', 'start', '--json', '--database', url]);
  const refusal = async (url: string) => {
    const { code, stdout } = await start(url);
    return [code, expectShape<{ error: { code: string } }>('error', stdout).error.code];
  };
  const ahead = await platformDatabase();
  await ahead.query(`INSERT INTO codemie_sandbox.migrations (version, platform) VALUES (99, '9.9')`);
  const before = await ahead.dump();
  expect(await refusal(ahead.url)).toEqual([9, 'DATABASE_AHEAD']);
  expect(await ahead.dump()).toBe(before);
  const real = await platformDatabase();
  await real.query('DROP SCHEMA codemie_sandbox CASCADE');
  expect(await refusal(real.url)).toEqual([9, 'DATABASE_IN_USE']);
  expect(await refusal('postgresql://me@127.0.0.1:1/sandbox')).toEqual([5, 'UNREACHABLE']);
});
