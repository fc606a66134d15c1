import { once } from 'node:events';
import { createServer, request as open } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { SessionCredential } from '../../src/credentials/credential.ts';
import { findAccess, openAccess } from '../../src/credentials/find/find-access.ts';
import { openStore } from '../../src/credentials/keep/open-store.ts';
import { openHandOffListener } from '../../src/net/callback/hand-off-listener.ts';
import type { Listener } from '../../src/net/callback/listener.ts';
import { createPlatform } from '../../src/platform-api/client.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/start.ts';
import { readHandOff } from '../../src/sign-in/hand-off.ts';
import { signIn } from '../../src/sign-in/sign-in.ts';
import { Secret } from '../../src/system/secret.ts';
import { browse } from '../support/browser.ts';
import { type TestContext, testContext } from '../support/context.ts';
import { cookieGateway } from '../support/cookie-gateway.ts';
import { ADA_ID, BOB_ID } from '../support/people.ts';
import { asked, person } from './support.ts';

/** The person that the sandbox signs in. */
const ADA = 'ada@sandbox.example';
const BOB = 'bob@sandbox.example';

let listener: Listener | undefined;
let sandbox: Sandbox | undefined;
afterEach(async () => {
  await listener?.close('failed');
  await sandbox?.close();
  listener = undefined;
  sandbox = undefined;
});

function call(
  port: number,
  path: string,
  options: { host?: string; method?: string; address?: string } = {},
): Promise<number> {
  return new Promise((resolve, reject) => {
    const { host = `localhost:${port}`, method = 'GET', address = '127.0.0.1' } = options;
    const request = open({ host: address, port, path, method, headers: { host }, agent: false }, (answer) =>
      resolve(answer.resume().statusCode ?? 0),
    );
    request.on('error', reject);
    request.end();
  });
}

const ANY = { isHandOff: () => true, take: async () => true };

describe('the hand-off listener', () => {
  it('accepts one well-formed hand-off on 127.0.0.1 or ::1, and refuses everything else', async () => {
    const judged: string[] = [];
    listener = await openHandOffListener(0, {
      isHandOff: (token) => token !== 'stray',
      take: async (token) => {
        judged.push(token);
        return token !== 'forged';
      },
    });
    const { port } = listener;
    expect(await call(port, '/favicon.ico')).toBe(404);
    expect(await call(port, '/auth')).toBe(400);
    expect(await call(port, '/auth?token=a&token=b')).toBe(400);
    expect(await call(port, '/auth?token=a', { method: 'POST' })).toBe(405);
    expect(await call(port, '/auth?token=a', { host: 'evil.example' })).toBe(400);
    expect(await call(port, '/done')).toBe(404);
    expect(await call(port, '//')).toBe(404);
    expect(await call(port, '/auth?token=stray')).toBe(400);
    expect(await call(port, '/auth?token=forged')).toBe(400);
    expect(await call(port, '/auth?token=ab+c/=', { address: '::1' })).toBe(302);
    expect(await call(port, '/auth?token=zz')).toBe(410);
    expect(judged).toEqual(['forged', 'ab+c/=']);
  });

  it('does not use a port that another program holds on the other address of localhost', async () => {
    const other = createServer().listen(0, '::1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    await expect(openHandOffListener(port, ANY)).rejects.toMatchObject({ code: 'CALLBACK_PORT' });
    other.close();
    listener = await openHandOffListener(port, ANY);
    expect(await call(port, '/x/../auth?token=a')).toBe(404);
    expect(await call(port, '/auth?token=a')).toBe(302);
  });

  it('accepts an address of 60 KB', async () => {
    let length = 0;
    const take = async (token: string) => {
      length = token.length;
      return true;
    };
    listener = await openHandOffListener(0, { ...ANY, take });
    expect(await call(listener.port, `/auth?token=${'A'.repeat(60_000)}`)).toBe(302);
    expect(length).toBe(60_000);
  });

  it.each([
    ['text that is not base64', '%%%'],
    ['text that is not JSON', Buffer.from('hello').toString('base64')],
    ['an object without cookies', Buffer.from('{"provider":"local"}').toString('base64')],
    [
      'only a csrf cookie',
      Buffer.from('{"cookies":{"_oauth2_proxy_csrf":"a|1799999999|b"}}').toString('base64'),
    ],
    ['half a cookie', Buffer.from('{"cookies":{"_oauth2_proxy_0":"abc"}}').toString('base64')],
    ['an empty set of cookies', Buffer.from('{"provider":"x","cookies":{}}').toString('base64')],
  ])('%s is not a hand-off', (_name, token) => {
    expect(readHandOff(token, 'https://h', 0)).toBeUndefined();
  });

  it('reads names in UTF-8 and keeps the cookie byte for byte', () => {
    const body = {
      provider: 'ödp',
      cookies: { _oauth2_proxy: 'a+b/c=|1799999999|d-_', _oauth2_proxy_csrf: 'x' },
    };
    const read = readHandOff(Buffer.from(JSON.stringify(body)).toString('base64'), 'https://h', Date.now());
    expect(Object.entries(read?.cookies ?? {}).map(([name, value]) => [name, value.reveal()])).toEqual([
      ['_oauth2_proxy', 'a+b/c=|1799999999|d-_'],
    ]);
  });
});

describe('signing in to a platform that names no OpenID provider', () => {
  it('names the platform, saves the session, shows who signed in, and uses the session', async () => {
    sandbox = await startSandbox({ signIn: 'hand-off', autoApprove: 'ada' });
    const context = person();
    const result = await signIn(context, asked(sandbox.url, ADA));
    expect(context.out.stderr).toContain(`Signing in with ${new URL(sandbox.url).host}…\n`);
    expect(result.credential).toMatchObject({
      kind: 'session',
      identity: { id: ADA_ID, email: 'ada@sandbox.example' },
    });
    expect(result.credential.expiresAt).toBeUndefined();
    const access = await openAccess(context, {});
    expect((await createPlatform(context, sandbox.url, access).models()).length).toBeGreaterThan(3);
  });

  it('a request from another page to the port does not end the wait', async () => {
    sandbox = await startSandbox({ signIn: 'hand-off', autoApprove: 'ada' });
    const answers: number[] = [];
    const context = testContext({
      env: { BROWSER: 'a-browser' },
      onOpen: async (address) => {
        const port = Number(address.split('/').at(-1));
        const json = Buffer.from('{"hello":1}').toString('base64');
        for (const token of ['%%%', 'Zm9v', 'null', json])
          answers.push(await call(port, `/auth?token=${token}`));
        void browse(address, () => false).catch(() => undefined);
        return true;
      },
    });
    expect((await signIn(context, asked(sandbox.url, ADA))).credential.identity.id).toBe(ADA_ID);
    expect(answers).toEqual([400, 400, 400, 400]);
  });

  it('a renewal by Set-Cookie is saved, and concurrent processes renew one after the other', async () => {
    sandbox = await startSandbox({ signIn: 'hand-off', autoApprove: 'ada' });
    const context = person();
    const { credential } = await signIn(context, asked(sandbox.url, ADA));
    const store = await openStore('plaintext-file', context);
    const id = `${sandbox.url}#${ADA_ID}`;
    const later = Math.floor(Date.now() / 1000) + 5;
    const accesses = await Promise.all(Array.from({ length: 10 }, () => openAccess(context, {})));
    await Promise.all(
      accesses.map((access, i) =>
        access.observe([`_oauth2_proxy=cGF5|${later + i}|c2ln; Path=/; Max-Age=600`]),
      ),
    );
    const kept = (await store.get(id)) as SessionCredential;
    expect(kept.obtainedAt).toBe((later + 9) * 1000);
    expect(kept.cookies['_oauth2_proxy']?.reveal()).toBe(`cGF5|${later + 9}|c2ln`);
    for (const lines of [['_oauth2_proxy_0=abc; Path=/'], ['_oauth2_proxy=; Max-Age=0']])
      await accesses[0]?.observe(lines);
    expect(((await store.get(id)) as SessionCredential).obtainedAt).toBe(kept.obtainedAt);
    expect(credential.kind).toBe('session');
  });

  it('a session that the gateway ended shows as signed out', async () => {
    sandbox = await startSandbox({ signIn: 'hand-off', autoApprove: 'ada' });
    const context = person();
    await signIn(context, asked(sandbox.url, ADA));
    await fetch(`${sandbox.controlUrl}/faults`, {
      method: 'POST',
      body: JSON.stringify({ fault: 'revoke-session' }),
    });
    const found = await findAccess(context, {});
    expect(found.state).toBe('found');
    const access = await openAccess(context, {});
    await expect(createPlatform(context, sandbox.url, access).user()).rejects.toMatchObject({
      code: 'AUTH_REVOKED',
      exit: 'auth',
    });
  });

  it('a provider known only from the gateway’s redirect is mentioned, and used on request', async () => {
    sandbox = await startSandbox({ autoApprove: 'ada' });
    const gateway = await cookieGateway();
    const provider = (await (
      await fetch(`${sandbox.issuer}/.well-known/openid-configuration`)
    ).json()) as Record<string, string>;
    gateway.startsAt = `${provider['authorization_endpoint']}?client_id=gateway`;
    const context = person();
    expect((await signIn(context, asked(gateway.url))).credential.kind).toBe('session');
    expect(context.out.stderr).toContain(
      `To sign in with ${new URL(sandbox.issuer).host} directly: --method browser`,
    );
    // This gateway does not accept tokens.
    await expect(signIn(context, { ...asked(gateway.url), method: 'browser' })).rejects.toMatchObject({
      code: 'AUTH_REFUSED',
    });
    expect(context.out.stderr).toContain(`Signing in with ${new URL(sandbox.issuer).host}…\n`);
  });

  it('device code is not offered there, and the error names the alternatives', async () => {
    sandbox = await startSandbox({ signIn: 'hand-off', autoApprove: 'ada' });
    await expect(signIn(person(), { ...asked(sandbox.url, ADA), method: 'device' })).rejects.toMatchObject({
      code: 'SIGN_IN_UNSUPPORTED',
    });
  });
});

describe('a platform with local accounts', () => {
  const typing = (email: string, password: string): TestContext => {
    const context = testContext({ env: { BROWSER: 'none' } });
    const prompts = async () => ({
      input: async () => email,
      password: async () => password,
      confirm: async () => true,
      select: async () => '' as never,
    });
    return { ...context, terminal: { ...context.terminal, prompts } };
  };

  it('accepts e-mail and password, and does not store the password', async () => {
    sandbox = await startSandbox({ signIn: 'local', access: 'platform' });
    const context = typing('bob@sandbox.example', 'bob-sandbox-password');
    const result = await signIn(context, asked(sandbox.url, BOB));
    expect(result.credential).toMatchObject({ kind: 'jwt', identity: { id: BOB_ID } });
    expect(JSON.stringify(new Secret('bob-sandbox-password'))).not.toContain('bob');
    expect(context.out.stderr).not.toContain('bob-sandbox-password');
  });

  it('a wrong password exits with 6, and without a terminal the error says what to do', async () => {
    sandbox = await startSandbox({ signIn: 'local', access: 'platform' });
    await expect(
      signIn(typing('bob@sandbox.example', 'wrong'), asked(sandbox.url, BOB)),
    ).rejects.toMatchObject({
      code: 'SIGN_IN_DENIED',
      exit: 'denied',
    });
    await expect(signIn(testContext(), asked(sandbox.url, ADA))).rejects.toMatchObject({
      code: 'INPUT_REQUIRED',
    });
  });
});
