import { describe, expect, it } from 'vitest';
import { readConfig } from '../../../src/config/file.ts';
import { updateConfig } from '../../../src/config/write.ts';
import type { TestContext } from '../../support/context.ts';
import { type Person, person, sandboxFor, signedIn } from '../../support/person.ts';
import { fakePlatform } from '../../support/platform.ts';

/** Gives another profile the credential of "default". */
async function share(context: TestContext, name: string): Promise<void> {
  await updateConfig(context, (config) => {
    const { default: own } = config.profiles;
    if (own === undefined) throw new Error('nobody is signed in');
    return { ...config, profiles: { ...config.profiles, [name]: { ...own, name } } };
  });
}

const referenceOf = ({ context }: Person, name: string) =>
  readConfig(context.home).profiles[name]?.credential;

describe('signing out tells what it ended', () => {
  it('another profile that uses the same sign-in is named, and is signed out too', async () => {
    const ada = await signedIn();
    await share(ada.context, 'work');
    const { code, stderr } = await ada.run('profile logout');
    expect([code, stderr]).toEqual([
      0,
      'Signed out of "default" and ended the session on the server.\n"work" used the same sign-in and is signed out too.\n',
    ]);
    expect(referenceOf(ada, 'work')).toBeUndefined();
  });

  it('in JSON too', async () => {
    const ada = await signedIn();
    await share(ada.context, 'work');
    expect(await ada.json('profile logout')).toEqual({
      schemaVersion: 1,
      removed: ['default', 'work'],
      revoked: 'yes',
      ended: [{ profiles: ['default', 'work'], kind: 'oidc', revoked: 'yes', sameAccount: [] }],
      stopped: [],
      warnings: [],
    });
  });

  it('another profile that uses the same API key is named', async () => {
    const provider = await fakePlatform((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"data":[{"id":"m"}]}');
    });
    const carol = person();
    const store = '--store plaintext-file';
    carol.context.type('a-key-of-this-test');
    carol.context.endInput();
    const login = `profile login --api-key --provider litellm --url ${provider.origin} ${store}`;
    expect((await carol.run(login)).code).toBe(0);
    await share(carol.context, 'cheap');
    const { stderr } = await carol.run('profile logout');
    expect(stderr).toContain('The key itself stays valid until you revoke it at its provider.');
    expect(stderr).toContain('"cheap" used the same key and is signed out too.');
  });

  it('another sign-in of the same account, in another store, is named', async () => {
    const ada = await signedIn({ env: { CODEMIE_PASSPHRASE: 'of this test alone' } });
    const login = `profile login --profile second --url ${ada.url} --store encrypted-file`;
    expect((await ada.run(login)).code).toBe(0);
    const { stderr } = await ada.run('profile logout --profile default');
    expect(stderr).toContain(
      '"second" has another sign-in of this account, which may have ended too. Check it: codemie profile status --profile second',
    );
    expect(referenceOf(ada, 'second')).toBeDefined();
  });

  it('deleting a profile keeps a sign-in that another profile uses, and names that profile', async () => {
    const ada = await signedIn();
    await share(ada.context, 'work');
    const { stderr } = await ada.run('profile delete default --yes');
    expect(stderr).toContain('Deleted profile "default". Its sign-in was kept, because "work" uses it too.');
    expect((await ada.run('profile status --profile work')).code).toBe(0);
  });

  it('signing out of all profiles names the variables of each that still apply', async () => {
    const ada = await signedIn();
    await share(ada.context, 'robot');
    await updateConfig(ada.context, (config) => ({
      ...config,
      profiles: {
        ...config.profiles,
        robot: { name: 'robot', authMethod: 'jwt', jwtConfig: { tokenEnvVar: 'ROBOT_TOKEN' } },
      },
    }));
    const { HOME = '', CODEMIE_HOME = '' } = ada.context.env;
    const shell = person({ env: { HOME, CODEMIE_HOME, ROBOT_TOKEN: 'null', CODEMIE_JWT_TOKEN: 'abc' } });
    const { code, stderr } = await shell.run('profile logout --all --yes');
    expect(code).toBe(0);
    for (const name of ['ROBOT_TOKEN', 'CODEMIE_JWT_TOKEN'])
      expect(stderr).toContain(
        `warning: ${name} still applies, so commands run with its value, which is not a valid token. To stop using it: unset ${name}`,
      );
  });
});

it('an API key in CODEMIE_API_KEY that overrides a stored one is named at sign-in, use and sign-out', async () => {
  const provider = await fakePlatform((_request, response) => response.end('{"data":[{"id":"m"}]}'));
  const carol = person({ env: { CODEMIE_API_KEY: 'another-key-of-this-test' } });
  carol.context.type('a-key-of-this-test');
  carol.context.endInput();
  const login = `profile login --api-key --provider litellm --url ${provider.origin} --store plaintext-file`;
  for (const line of [login, 'token', 'profile status', 'profile logout']) {
    const { code, stdout, stderr } = await carol.run(line);
    expect([line, code], stderr).toEqual([line, 0]);
    expect(stdout + stderr, line).toMatch(
      /CODEMIE_API_KEY (?:overrides your sign-in|still applies)[^.]*, so commands run with its key\. To stop using it: unset CODEMIE_API_KEY/,
    );
  }
});

describe('on a machine without a keychain', () => {
  const env = { CODEMIE_PASSPHRASE: 'of this test alone' };

  it('signing out and in again keeps the encrypted file, without naming the store', async () => {
    const platform = await sandboxFor();
    const ada = person({ env });
    expect((await ada.run(`profile login --url ${platform.url} --store encrypted-file`)).code).toBe(0);
    expect((await ada.run('profile logout')).code).toBe(0);
    const again = await ada.run('profile login');
    expect([again.code, again.stderr]).toEqual([0, expect.stringContaining('stored in an encrypted file')]);
    expect(referenceOf(ada, 'default')?.store).toBe('encrypted-file');
    expect(readConfig(ada.context.home).profiles['default']).not.toHaveProperty('store');
  });

  it('a store that you name replaces the former one', async () => {
    const platform = await sandboxFor();
    const ada = person({ env });
    await ada.run(`profile login --url ${platform.url} --store encrypted-file`);
    await ada.run('profile logout --all --yes');
    expect((await ada.run('profile login --store plaintext-file')).code).toBe(0);
    expect(referenceOf(ada, 'default')?.store).toBe('plaintext-file');
  });
});
