import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UnsecuredJWT } from 'jose';
import { expect, it } from 'vitest';
import { PROFILE_COMMANDS } from '../../../src/commands/profile/table.ts';
import { parseProgram } from '../../../src/commands/program.ts';
import { openAccess } from '../../../src/credentials/find/find-access.ts';
import { failureOf, machine } from '../../sign-in/support.ts';
import { type TestContext, temporaryFolder } from '../../support/context.ts';
import { type FakeProvider, fakeProvider } from '../../support/fake-provider.ts';

const BOB = `${new UnsecuredJWT({ sub: 'u-2', email: 'bob@example.com', exp: 4_000_000_000 }).encode().replace(/^[^.]+/, Buffer.from('{"alg":"RS256"}').toString('base64url'))}c2ln`;

async function profile(context: TestContext, ...words: string[]): Promise<number | undefined> {
  const chosen = await parseProgram(PROFILE_COMMANDS, ['profile', ...words], context.terminal);
  if (chosen === undefined) throw new Error('no command');
  return (await chosen.spec.load()).run(chosen.input, context);
}

const login = (context: TestContext, provider: FakeProvider, ...flags: string[]) =>
  profile(context, 'login', '--url', provider.url, '--store', 'plaintext-file', ...flags);

const STILL =
  'CODEMIE_JWT_TOKEN overrides your sign-in, so commands run as bob@example.com. To stop using it: unset CODEMIE_JWT_TOKEN';

it('signing in as Ada warns when a variable makes later commands run as Bob', async () => {
  const provider = await fakeProvider();
  const context = machine({ env: { CODEMIE_JWT_TOKEN: BOB } });
  await login(context, provider);
  expect(context.out.stderr).toContain('as Ada Lovelace');
  expect(context.out.stderr).toContain(STILL);
  await login(context, provider, '--json');
  expect(JSON.parse(context.out.stdout).warnings).toContain(STILL);
});

it('signing out says that the variable still applies, and for which user', async () => {
  const provider = await fakeProvider();
  const context = machine({ env: { CODEMIE_JWT_TOKEN: BOB } });
  await login(context, provider);
  context.out.stderr = '';
  await profile(context, 'logout');
  expect(context.out.stderr).toContain('Signed out of "default" and ended the session on the server.');
  expect(context.out.stderr).toContain(
    `warning: ${STILL.replace('overrides your sign-in', 'still applies')}`,
  );
});

it('prints nothing without the variable, or when it does not apply', async () => {
  const provider = await fakeProvider();
  for (const env of [
    {},
    { CODEMIE_JWT_TOKEN: ' ' },
    { CODEMIE_JWT_TOKEN: BOB, CODEMIE_AUTH_METHOD: 'sso' },
  ]) {
    const context = machine({ env });
    await login(context, provider);
    await profile(context, 'logout');
    expect(context.out.stderr).not.toMatch(/overrides|still applies/);
  }
});

it('a pipeline in a repository with its own settings can sign in and out', async () => {
  const provider = await fakeProvider();
  const context = machine({ env: { CI: 'true', CODEMIE_JWT_TOKEN: BOB } });
  const cwd = temporaryFolder();
  mkdirSync(join(cwd, '.codemie'));
  const untrusted = { version: 2, profiles: { team: { codeMieUrl: 'https://codemie.example.com' } } };
  writeFileSync(join(cwd, '.codemie', 'codemie-cli.config.json'), JSON.stringify(untrusted));
  const there = { ...context, cwd };
  await login(there, provider);
  expect(await profile(there, 'logout')).toBe(0);
  expect(context.out.stderr).toContain('Signed out of "default" and ended the session on the server.');
});

it('an invalid value names the variable, what it overrides, and how to unset it', async () => {
  const provider = await fakeProvider();
  const context = machine();
  await login(context, provider);
  const rubbish = { ...context, env: { ...context.env, CODEMIE_JWT_TOKEN: 'abc' } };
  const error = await failureOf(openAccess(rubbish, {}));
  expect([error.code, error.exit, error.fix]).toEqual(['AUTH_MALFORMED', 'auth', 'unset CODEMIE_JWT_TOKEN']);
  expect(error.message).toMatch(
    /^The value of CODEMIE_JWT_TOKEN isn't a valid JWT.* It overrides your sign-in in an unencrypted file\.$/,
  );
  await profile(context, 'logout');
  const alone = await failureOf(openAccess(rubbish, {}));
  expect(alone.message).toContain('CODEMIE_JWT_TOKEN');
  expect(alone.message).not.toContain('overrides');
});
