import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Config, EMPTY_CONFIG } from '../../src/config/profile.ts';
import { type SettingsRequest, select } from '../../src/config/selection.ts';
import { forProfile, named, signInAgain } from '../../src/config/sign-in-again.ts';
import { CodemieError, SIGN_IN } from '../../src/system/errors.ts';

const CONFIG: Config = {
  version: 2,
  activeProfile: 'work',
  profiles: {
    work: { name: 'work', codeMieUrl: 'https://a.example' },
    client: { name: 'client', codeMieUrl: 'https://b.example' },
    'my own': { name: 'my own', codeMieUrl: 'https://b.example' },
    robot: { name: 'robot', codeMieUrl: 'https://b.example', authMethod: 'jwt' },
    openai: { name: 'openai', provider: 'openai' },
    team: { name: 'team', provider: 'litellm', baseUrl: 'https://llm.example/v1' },
  },
};

const command = (wanted: SettingsRequest = {}, env: Record<string, string> = {}): string =>
  signInAgain(select(CONFIG, env, wanted));

describe('a printed hint names its profile', () => {
  it.each([
    ['the active profile needs no name', {}, {}, '--url https://a.example'],
    ['another profile is named', { profile: 'client' }, {}, '--profile client --url https://b.example'],
    [
      'so is the active one if a variable names another',
      { profile: 'work' },
      { CODEMIE_PROFILE: 'client' },
      '--profile work --url https://a.example',
    ],
    [
      'and one that the variable names: the command may be pasted into another shell',
      {},
      { CODEMIE_PROFILE: 'client' },
      '--profile client --url https://b.example',
    ],
    [
      'a name with a space is quoted',
      { profile: 'my own' },
      {},
      "--profile 'my own' --url https://b.example",
    ],
    [
      'a robot signs in with a token',
      { profile: 'robot' },
      {},
      '--profile robot --url https://b.example --with-token',
    ],
    [
      'a model provider signs in with a key',
      { profile: 'openai' },
      {},
      '--profile openai --api-key --provider openai',
    ],
    [
      'and at its own URL',
      { profile: 'team' },
      {},
      '--profile team --api-key --provider litellm --url https://llm.example/v1',
    ],
    [
      'a URL given once does not move a profile there',
      { profile: 'client', baseUrl: 'https://c.example' },
      {},
      '--url https://c.example',
    ],
  ] as const)('%s', (_case, wanted, env, flags) => {
    expect(command(wanted, env)).toBe(`codemie profile login ${flags}`);
  });

  it('is codemie setup if nothing is set up', () => {
    expect(signInAgain(select(EMPTY_CONFIG, {}))).toBe('codemie setup');
  });
});

describe('a hint from code that does not know the profile', () => {
  const client = select(CONFIG, {}, { profile: 'client' });
  const whole = 'codemie profile login --profile client --url https://b.example';

  it.each([
    [SIGN_IN, whole],
    [
      `Try again, with more time: ${SIGN_IN} --timeout 5m`,
      `Try again, with more time: ${whole} --timeout 5m`,
    ],
    [
      `Pipe it in: Pipe it in: Pipe it in: printf %s "$TOKEN" | ${SIGN_IN} --with-token`,
      `Pipe it in: Pipe it in: Pipe it in: printf %s "$TOKEN" | ${whole} --with-token`,
    ],
    [`${SIGN_IN} --profile other --device`, `${SIGN_IN} --profile other --device`],
    [`${SIGN_IN} --url https://x.example`, `${SIGN_IN} --profile client --url https://x.example`],
    ['codemie doctor', 'codemie doctor'],
  ])('%s is completed', (fix, expected) => {
    expect(named(fix, client)).toBe(expected);
  });

  it('does not ask for a token or a key twice', () => {
    const robot = select(CONFIG, {}, { profile: 'robot' });
    expect(named(`${SIGN_IN} --with-token`, robot)).toBe(
      'codemie profile login --profile robot --url https://b.example --with-token',
    );
    const openai = select(CONFIG, {}, { profile: 'openai' });
    expect(named(`Copy the key again: ${SIGN_IN} --api-key`, openai)).toBe(
      'Copy the key again: codemie profile login --profile openai --api-key --provider openai',
    );
  });

  it('is completed in the fix, the hint and the remedies of an error, and nowhere else', async () => {
    const cause = new Error('why');
    const thrown = new CodemieError({
      code: 'AUTH_REVOKED',
      message: 'It ended.',
      fix: SIGN_IN,
      hint: `To wait longer: ${SIGN_IN} --timeout 5m`,
      cause,
      remedies: ['codemie doctor', `${SIGN_IN} --device`],
    });
    const failing = forProfile(client, async () => {
      throw thrown;
    });
    await expect(failing).rejects.toMatchObject({
      code: 'AUTH_REVOKED',
      message: 'It ended.',
      fix: whole,
      hint: `To wait longer: ${whole} --timeout 5m`,
      exit: 'auth',
      cause,
      remedies: ['codemie doctor', `${whole} --device`],
    });
    await expect(forProfile(client, async () => 7)).resolves.toBe(7);
    const other = new TypeError('no error of ours');
    await expect(forProfile(client, () => Promise.reject(other))).rejects.toBe(other);
  });

  it('is built in one file only, so that no other can forget the profile', () => {
    const examples = /commands\/(profile|sandbox)\/(table|start)\.ts$/;
    const spelled = readdirSync('src', { recursive: true, encoding: 'utf8' })
      .map((name) => join('src', name))
      .filter((path) => path.endsWith('.ts') && !examples.test(path))
      .filter((path) =>
        readFileSync(path, 'utf8')
          .split('\n')
          .some((line) => line.includes('profile login') && !/^\s*(\/\/|\/?\*)/.test(line)),
      );
    expect(spelled).toEqual(['src/system/errors.ts']);
  });
});
