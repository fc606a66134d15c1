import { request as open } from 'node:http';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config/file.ts';
import { findAccess } from '../../src/credentials/find/find-access.ts';
import { browse } from '../support/browser.ts';
import { codemie } from '../support/commands.ts';
import { type TestContext, testContext } from '../support/context.ts';
import { realPlatform, SAID, WHOLE_COOKIE } from '../support/real-platform.ts';
import { failureOf } from './support.ts';

const ADA = 'ada@example.com';
const FORGED = `Zm9yZ2Vk|${Math.floor(Date.now() / 1000)}|c2lnbmF0dXJl`;
const handOff = (cookies: unknown): string =>
  Buffer.from(JSON.stringify({ provider: 'x', cookies })).toString('base64');

/** For a sign-in that must time out. */
const SOON = ['--timeout', '1500ms'];

function knock(port: number, token: string, headers: Record<string, string> = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    const target = { host: '127.0.0.1', port, path: `/auth?token=${token}`, agent: false };
    open({ ...target, headers: { host: `localhost:${port}`, ...headers } }, (answer) =>
      resolve(answer.resume().statusCode ?? 0),
    )
      .on('error', reject)
      .end();
  });
}

/** A sign-in whose browser does what the test says, before or instead of signing in. */
function signingIn(url: string, first: (port: number) => Promise<void>, flags: readonly string[]) {
  const context = testContext({
    env: { BROWSER: 'a-browser' },
    onOpen: async (address) => {
      await first(Number(address.split('/').at(-1)));
      void browse(address, () => false).catch(() => undefined);
      return true;
    },
  });
  const own = ['--url', url, '--store', 'plaintext-file', '--timeout', '5s', ...flags];
  return { context, done: codemie(context, 'profile', 'login', ...own) };
}

/** The port of a sign-in that waits for its address to be opened. */
async function portIn(context: TestContext): Promise<number> {
  await expect.poll(() => context.out.stderr, { timeout: 5000 }).toContain('Waiting for');
  return Number(/\/v1\/auth\/login\/(\d+)$/m.exec(context.out.stderr)?.[1]);
}

describe('a forged hand-off', () => {
  it('{"cookies":{}} does not end the wait, but a real session does', async () => {
    const platform = await realPlatform();
    const answers: number[] = [];
    const strangers = [{}, { _oauth2_proxy: 'half' }, { _oauth2_proxy: FORGED }];
    const { context, done } = signingIn(
      platform.url,
      async (port) => {
        for (const cookies of strangers) answers.push(await knock(port, handOff(cookies)));
      },
      ['--as', ADA],
    );
    expect(await done).toBe(0);
    expect(answers).toEqual([400, 400, 400]);
    expect(context.out.stderr).toMatch(/\S+ doesn't recognize the session it sent\. Still waiting/);
    expect((await findAccess(context, {})).state).toBe('found');
  });

  it('with an attacker’s own session is not accepted for the named person', async () => {
    const platform = await realPlatform({ user: { email: 'bob@example.com', name: 'Bob' } });
    const { context, done } = signingIn(platform.url, async () => undefined, ['--as', ADA, ...SOON]);
    const error = await failureOf(done);
    expect(error.exit).toBe('timeout');
    expect(context.out.stderr).toContain(`A session arrived for someone other than ${ADA}`);
    expect(readConfig(context.home).profiles).toEqual({});
  });

  it('is never accepted without a terminal: you must name the person before the browser opens', async () => {
    const platform = await realPlatform();
    const { context, done } = signingIn(platform.url, async () => undefined, []);
    const error = await failureOf(done);
    expect([error.code, error.exit, error.hint]).toEqual([
      'INPUT_REQUIRED',
      'usage',
      expect.stringContaining('--as you@example.com'),
    ]);
    expect(context.opened).toEqual([]);
  });

  it.each([
    { origin: 'https://evil.example' },
    { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' },
    { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' },
    { 'sec-fetch-site': 'cross-site' },
  ])('from inside another page (%j) is refused, but a redirected window is not', async (headers) => {
    const platform = await realPlatform();
    const answers: number[] = [];
    const window = {
      'sec-fetch-site': 'cross-site',
      'sec-fetch-mode': 'navigate',
      'sec-fetch-dest': 'document',
    };
    const good = handOff({ _oauth2_proxy: WHOLE_COOKIE });
    const { done } = signingIn(
      platform.url,
      async (port) => {
        answers.push(await knock(port, good, headers as unknown as Record<string, string>));
        answers.push(await knock(port, good, window));
      },
      ['--as', ADA],
    );
    expect([await done, answers]).toEqual([0, [403, 302]]);
  });

  it('a platform that is down ends the wait with its reason, and nothing is saved', async () => {
    const platform = await realPlatform();
    platform.says.set('/v1/user', SAID.databaseDown);
    const { context, done } = signingIn(platform.url, async () => undefined, ['--as', ADA]);
    expect((await failureOf(done)).message).toContain('This may be temporary');
    expect(readConfig(context.home).profiles).toEqual({});
  });

  it('a platform with local accounts sends no session, and the sign-in says so', async () => {
    const platform = await realPlatform({ idpProvider: 'local', userManagement: true });
    const flags = ['--as', ADA, '--method', 'hand-off', ...SOON];
    const { context, done } = signingIn(platform.url, async () => undefined, flags);
    expect((await failureOf(done)).exit).toBe('timeout');
    expect(context.out.stderr).toContain('sign in with --method local');
  });
});

describe('a hand-off whose browser runs on another machine', () => {
  const away = (platform: { readonly url: string }) => {
    const env = { SSH_CONNECTION: '10.0.0.5 50000 10.0.0.9 22', USER: 'ada' };
    const context = testContext({ env });
    const own = [
      '--url',
      platform.url,
      '--store',
      'plaintext-file',
      '--timeout',
      '10s',
      '--as',
      ADA,
      '--no-browser',
    ];
    return { context, done: codemie(context, 'profile', 'login', ...own) };
  };

  it.each([
    [
      'the address that the browser ended at',
      (token: string, port: number) => `http://localhost:${port}/auth?token=${token}`,
    ],
    ['that address in quotes', (token: string) => `"http://localhost:1/auth?token=${token}"`],
    ['the token alone', (token: string) => token],
  ])('completes when you paste %s', async (_what, line) => {
    const platform = await realPlatform();
    const { context, done } = away(platform);
    const port = await portIn(context);
    context.type('http://localhost/auth?token=e30=\n');
    context.type(`${line(handOff({ _oauth2_proxy: WHOLE_COOKIE }), port)}\n`);
    expect(await done).toBe(0);
    expect(context.out.stderr).toContain("That isn't a sign-in link");
    expect(context.out.stderr).toContain('Signed in to');
  });

  it('shows the command that forwards the port', async () => {
    const { context, done } = away(await realPlatform());
    const port = await portIn(context);
    await expect.poll(() => context.out.stderr).toContain(`ssh -N -L ${port}:localhost:${port} ada@10.0.0.9`);
    context.stop(new Error('over'));
    await failureOf(done);
  });
});
