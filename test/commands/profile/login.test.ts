import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { UnsecuredJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { PROFILE_COMMANDS } from '../../../src/commands/profile/table.ts';
import { parseProgram } from '../../../src/commands/program.ts';
import { readConfig } from '../../../src/config/file.ts';
import type { Prompts } from '../../../src/terminal/prompts.ts';
import { addressIn, failureOf, machine } from '../../sign-in/support.ts';
import { type TestContext, testContext } from '../../support/context.ts';
import { type FakeProvider, fakeProvider, visit } from '../../support/fake-provider.ts';
import { expectShape } from '../../support/schemas.ts';

/** The command as a user types it. */
async function login(context: TestContext, ...flags: string[]): Promise<number | undefined> {
  const chosen = await parseProgram(PROFILE_COMMANDS, ['profile', 'login', ...flags], context.terminal);
  if (chosen === undefined) throw new Error('no command');
  return (await chosen.spec.load()).run(chosen.input, context);
}

const at = (provider: FakeProvider): string[] => ['--url', provider.url, '--store', 'plaintext-file'];

const jwt = (claims: Record<string, unknown> = {}): string =>
  `${new UnsecuredJWT({ sub: 'u-9', exp: 4_000_000_000, ...claims }).encode().replace(/^[^.]+/, Buffer.from('{"alg":"RS256"}').toString('base64url'))}c2ln`;

/** A user at a terminal who gives these answers. */
function answering(context: TestContext, prompts: Partial<Prompts>): TestContext {
  const terminal = { ...context.terminal, prompts: async () => prompts as Prompts };
  return { ...context, terminal };
}

describe('codemie profile login', () => {
  it('says on stderr who signed in, where it is stored and what to do next, and nothing on stdout', async () => {
    const provider = await fakeProvider();
    const context = machine();
    expect(await login(context, ...at(provider))).toBe(0);
    const told = context.out.stderr.split('\n').slice(-7);
    expect(told).toEqual([
      expect.stringContaining('Browser on another computer?'),
      `Signed in to ${provider.url} as Ada Lovelace (ada@example.com).`,
      '  profile default · stored in an unencrypted file · refreshes automatically',
      expect.stringContaining('warning: it is stored unencrypted'),
      expect.stringContaining("You don't have a project yet"),
      'Next: codemie-claude "…", or codemie profile status',
      '',
    ]);
    expect(context.out.stdout).toBe('');
  });

  it('says that an earlier credential was replaced', async () => {
    const provider = await fakeProvider();
    const context = machine();
    await login(context, ...at(provider));
    await login(context);
    expect(context.out.stderr).toContain('stored in an unencrypted file (replaces your previous sign-in)');
  });

  it('--json prints one object in the documented shape, and everything else on stderr', async () => {
    const provider = await fakeProvider();
    const context = machine();
    await login(context, ...at(provider), '--json', '--profile', 'work');
    const shape = expectShape<Record<string, unknown>>('profile-login', context.out.stdout);
    expect(shape).toMatchObject({
      schemaVersion: 1,
      profile: 'work',
      url: provider.url,
      kind: 'oidc',
      store: 'plaintext-file',
      identity: { id: 'u-1', name: 'Ada Lovelace', email: 'ada@example.com' },
      refreshable: true,
    });
    expect(context.out.stdout.trim().split('\n')).toHaveLength(1);
    expect(`${context.out.stdout}${context.out.stderr}`).not.toMatch(/access-1-secret|refresh-secret/);
  });

  it('escapes the platform’s control characters', async () => {
    const provider = await fakeProvider();
    const body = { user_id: 'u-1', name: 'Ada\u001b[2J\u202e', email: 'a@b\u0007.example' };
    provider.replies.set('/code-assistant-api/v1/user', () => ({ body }));
    const context = machine();
    await login(context, ...at(provider));
    expect(context.out.stderr).not.toMatch(/[\u001b\u202e\u0007]/);
  });

  it('--no-browser opens no browser: the link is alone on a line of stderr, and you paste the answer', async () => {
    const provider = await fakeProvider();
    const context = machine();
    const done = login(context, ...at(provider), '--no-browser', '--json');
    const address = await addressIn(context);
    const page = await fetch(address, { redirect: 'manual' });
    context.type(`${page.headers.get('location')}\n`);
    expect(await done).toBe(0);
    expect(context.opened).toEqual([]);
    expectShape('profile-login', context.out.stdout);
  });

  it('--device signs in with a code', async () => {
    const provider = await fakeProvider();
    const { fastClock } = await import('../../sign-in/support.ts');
    const context = machine({ override: { clock: fastClock() } });
    expect(await login(context, ...at(provider), '--device')).toBe(0);
    expect(context.out.stderr).toContain('WDJB-MJHT');
    expect(context.out.stderr).toContain('Waiting for approval… (code expires in 10 min)');
  });

  it('--store memory is rejected before the sign-in, which it would throw away', async () => {
    const provider = await fakeProvider();
    const context = machine();
    await login(context, ...at(provider));
    const before = readConfig(context.home);
    const error = await failureOf(login(context, '--url', provider.url, '--store', 'memory'));
    expect([error.code, error.exit]).toEqual(['USAGE', 'usage']);
    expect(error.message).toContain('kept in memory is lost when the command ends');
    expect(readConfig(context.home)).toEqual(before);
    const move = ['profile', 'move', '--to', 'memory'];
    const moved = await failureOf(parseProgram(PROFILE_COMMANDS, move, context.terminal));
    expect(moved.message).toContain('kept in memory is lost when the command ends');
    await parseProgram(PROFILE_COMMANDS, ['profile', 'login', '--help'], context.terminal);
    expect(context.out.stdout).not.toContain('memory');
  });

  it('--callback-port and --issuer and --client-id reach the provider', async () => {
    const provider = await fakeProvider();
    provider.claims = { aud: 'our-client' };
    provider.replies.set('/.well-known/oauth-protected-resource', () => ({ status: 404 }));
    const free = machine();
    await login(free, ...at(provider), '--issuer', provider.issuer, '--client-id', 'our-client');
    const params = new URL(free.opened[0] ?? '').searchParams;
    expect(params.get('client_id')).toBe('our-client');
    const { port } = new URL(params.get('redirect_uri') ?? '');
    const fixed = machine();
    const flags = ['--issuer', provider.issuer, '--client-id', 'our-client', '--callback-port', port];
    await login(fixed, ...at(provider), ...flags);
    expect(fixed.opened[0]).toContain(encodeURIComponent(`http://127.0.0.1:${port}/callback`));
  });

  it.each([
    ['--callback-port', 'x'],
    ['--callback-port', '65536'],
    ['--callback-port', '-1'],
    ['--timeout', 'soon'],
    ['--timeout', '0'],
    ['--timeout', '30d'],
  ])('%s %s is a usage error', async (flag, value) => {
    const context = machine();
    const error = await failureOf(login(context, '--url', 'https://codemie.example.com', `${flag}=${value}`));
    expect([error.code, error.exit]).toEqual(['USAGE', 'usage']);
    expect(error.message).toContain(flag);
    expect(existsSync(context.home)).toBe(false);
  });

  it('--device and --with-token exclude each other', async () => {
    expect((await failureOf(login(machine(), '--device', '--with-token'))).exit).toBe('usage');
  });
});

describe('codemie profile login without a URL', () => {
  it('asks on a terminal', async () => {
    const provider = await fakeProvider();
    const asked: string[] = [];
    const base = machine({ tty: true, env: { CI: '' } });
    const context = answering(base, {
      input: async ({ flag }) => {
        asked.push(flag);
        return provider.url;
      },
    });
    expect(await login(context, '--store', 'plaintext-file')).toBe(0);
    expect(asked).toEqual([expect.stringContaining('--url')]);
    await login(context);
    expect(asked).toHaveLength(1);
  });

  it('without a terminal, fails at once and names the flag', async () => {
    const error = await failureOf(login(testContext(), '--store', 'plaintext-file'));
    expect([error.code, error.exit]).toEqual(['INPUT_REQUIRED', 'usage']);
    expect(error.hint).toContain('--url');
  });

  it('takes it from CODEMIE_URL', async () => {
    const provider = await fakeProvider();
    const context = machine({ env: { CODEMIE_URL: provider.url } });
    await login(context, '--store', 'plaintext-file');
    expect(readConfig(context.home).profiles['default']?.codeMieUrl).toBe(provider.url);
  });
});

describe('codemie profile login --with-token', () => {
  it('reads it from stdin and says when it expires', async () => {
    const provider = await fakeProvider();
    const context = testContext();
    context.type(`Bearer ${jwt()}\n`);
    context.endInput();
    expect(await login(context, ...at(provider), '--with-token')).toBe(0);
    expect(context.out.stderr).toContain('"Bearer" prefix');
    expect(context.out.stderr).toMatch(/stored in an unencrypted file · expires in \d+ d/);
    expect(context.out.stderr).not.toContain(jwt());
  });

  it('asks with hidden input on a terminal', async () => {
    const provider = await fakeProvider();
    const context = answering(testContext({ tty: true, env: { CI: '' } }), { password: async () => jwt() });
    expect(await login(context, ...at(provider), '--with-token', '--json')).toBe(0);
    expect(expectShape('profile-login', context.out.stdout)).toMatchObject({
      kind: 'jwt',
      refreshable: false,
    });
  });

  it('says what is missing when stdin is empty', async () => {
    const provider = await fakeProvider();
    const context = testContext();
    context.endInput();
    const error = await failureOf(login(context, ...at(provider), '--with-token'));
    expect([error.code, error.exit]).toEqual(['INPUT_REQUIRED', 'usage']);
  });
});

describe('a token from --with-token', () => {
  it('is kept when the platform is unreachable, and reported as not verified', async () => {
    const context = testContext();
    context.type(jwt());
    context.endInput();
    const flags = ['--url', 'http://127.0.0.1:9', '--store', 'plaintext-file', '--with-token', '--json'];
    expect(await login(context, ...flags)).toBe(0);
    const { warnings } = expectShape<{ warnings: string[] }>('profile-login', context.out.stdout);
    expect(warnings).toEqual([expect.stringMatching(/Saved, but not verified: .*refused the connection/)]);
  });

  it('is checked against the platform’s clock', async () => {
    const provider = await fakeProvider();
    const hour = 3_600_000;
    provider.replies.set('/', () => ({ headers: { date: new Date(Date.now() + 2 * hour).toUTCString() } }));
    const nbf = Math.floor((Date.now() + hour) / 1000);
    const context = testContext();
    context.type(jwt({ nbf, exp: nbf + 36_000 }));
    context.endInput();
    expect(await login(context, ...at(provider), '--with-token')).toBe(0);
    expect(context.out.stderr).toContain('behind the server');
    const early = testContext();
    provider.replies.set('/', () => ({ headers: { date: new Date(Date.now() - 2 * hour).toUTCString() } }));
    early.type(jwt({ exp: Math.floor((Date.now() - hour) / 1000) }));
    early.endInput();
    expect(await login(early, ...at(provider), '--with-token')).toBe(0);
    expect(early.out.stderr).toContain('ahead of the server');
  });
});

describe('codemie profile login --api-key', () => {
  const key = async (url: string) => {
    const context = testContext();
    context.type('sk-test-0123456789abcdef');
    context.endInput();
    const flags = ['--api-key', '--provider', 'openai-compatible', '--store', 'plaintext-file', '--url', url];
    const error = await failureOf(login(context, ...flags));
    expect(readConfig(context.home).profiles).toEqual({});
    expect(readdirSync(join(context.home, 'credentials'))).toEqual([]);
    return error;
  };

  it('saves nothing when there is no answer', async () => {
    const error = await key('http://127.0.0.1:9');
    expect([error.code, error.exit]).toEqual(['UNREACHABLE', 'unreachable']);
    expect(error.message).toContain('nothing was saved');
  });

  it.each([404, 307, 200])(
    'saves nothing without a list of models (%i), and names the URL',
    async (status) => {
      const provider = await fakeProvider();
      provider.replies.set('/v1/models', () => ({ status, text: 'something' }));
      const error = await key(provider.url);
      expect([error.code, error.exit]).toEqual(['PROVIDER_FAILED', 'failed']);
      expect(error.message).toContain(`${provider.url}/v1/models`);
    },
  );
});

describe('codemie profile login --method local', () => {
  const LOGIN = '/code-assistant-api/v1/local-auth/login';
  const answers = { input: async () => 'ada@example.com', password: async () => 'secret of ada' };
  const person = () => answering(testContext({ tty: true, env: { CI: '' } }), answers);

  it.each([
    [401, 'SIGN_IN_DENIED', 'denied', 'Wrong email or password'],
    [422, 'SIGN_IN_DENIED', 'denied', 'Wrong email or password'],
    [429, 'SIGN_IN_DENIED', 'denied', 'Too many attempts'],
    [404, 'SIGN_IN_UNSUPPORTED', 'failed', LOGIN],
    [503, 'UNREACHABLE', 'unreachable', 'answered HTTP 503'],
  ])('an answer of %i is explained', async (status, code, exit, words) => {
    const provider = await fakeProvider();
    provider.replies.set(LOGIN, () => ({ status }));
    const error = await failureOf(login(person(), ...at(provider), '--method', 'local'));
    expect([error.code, error.exit, error.message]).toEqual([code, exit, expect.stringContaining(words)]);
  });

  it('checks the token against the platform’s clock', async () => {
    const provider = await fakeProvider();
    const ahead = Date.now() + 7_200_000;
    provider.replies.set('/', () => ({ headers: { date: new Date(ahead).toUTCString() } }));
    const seconds = Math.floor(ahead / 1000);
    const access_token = jwt({ sub: 'u-1', nbf: seconds, exp: seconds + 3600 });
    provider.replies.set(LOGIN, () => ({ body: { access_token } }));
    expect(await login(person(), ...at(provider), '--method', 'local')).toBe(0);
  });
});

describe('codemie profile login --non-interactive', () => {
  it('stores issuer and client, so that the second call completes the sign-in without them', async () => {
    const provider = await fakeProvider();
    provider.claims = { aud: 'our-client' };
    provider.replies.set('/.well-known/oauth-protected-resource', () => ({ status: 404 }));
    const context = testContext();
    const own = ['--issuer', provider.issuer, '--client-id', 'our-client'];
    await login(context, ...at(provider), '--non-interactive', ...own);
    const { nextStep } = expectShape<{ nextStep: string }>('profile-login-pending', context.out.stdout);
    expect(nextStep).toContain(own.join(' '));
    const before = context.out.stdout.length;
    await login(context, ...at(provider), '--non-interactive');
    expectShape('profile-login', context.out.stdout.slice(before));
    const { issuer, clientId } = readConfig(context.home).profiles['default'] ?? {};
    expect([issuer, clientId]).toEqual([provider.issuer, 'our-client']);
  });
});

describe('the name of a profile', () => {
  it.each(['__proto__', 'a\u001b[2J', 'two words', '-x', 'x'.repeat(65)])(
    '%j is not a valid name',
    async (name) => {
      const provider = await fakeProvider();
      const context = machine();
      const error = await failureOf(login(context, ...at(provider), `--profile=${name}`));
      expect([error.code, error.exit]).toEqual(['USAGE', 'usage']);
      expect(error.message).not.toContain('\u001b');
      expect([provider.seen, existsSync(context.home)]).toEqual([[], false]);
    },
  );

  it('counts as not given when it is empty', async () => {
    const provider = await fakeProvider();
    const context = machine();
    await login(context, ...at(provider), '--profile=');
    expect(Object.keys(readConfig(context.home).profiles)).toEqual(['default']);
  });
});

describe('several sign-ins at once', () => {
  it('do not take each other’s callback', async () => {
    const provider = await fakeProvider();
    const contexts = [machine({ onOpen: () => true }), machine({ onOpen: () => true })];
    const logins = contexts.map((context) => login(context, ...at(provider)));
    const [first, second] = await Promise.all(contexts.map(addressIn));
    if (first === undefined || second === undefined) throw new Error('no address');
    // The answer of one sign-in, sent to the listener of the other.
    const crossed = new URL((await fetch(first, { redirect: 'manual' })).headers.get('location') ?? '');
    crossed.port = new URL(second.searchParams.get('redirect_uri') ?? '').port;
    expect((await fetch(crossed)).status).toBe(400);
    await Promise.all([visit(first.href), visit(second.href)]);
    expect(await Promise.all(logins)).toEqual([0, 0]);
  });
});
