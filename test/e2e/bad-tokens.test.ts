import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MALFORMED, madeToken, WRONG_TIMES } from '../support/bad-tokens.ts';
import { fakePlatform } from '../support/fake-platform.ts';
import { Machine, type Result, type RunOptions } from '../support/program.ts';

type Key = Awaited<ReturnType<typeof generateKeyPair>>['privateKey'];

const STARTED = 'agent-started';
const AT_ONCE = 4;
const soon = Math.floor(Date.now() / 1000) + 3600;

let machine: Machine;
let platform: Awaited<ReturnType<typeof fakePlatform>>;
let issuer: string;
let own: Key;
let stranger: Key;
let path: string;
const closers: (() => unknown)[] = [];
/** Every request that reached the platform or its identity provider. */
const heard: string[] = [];

beforeAll(async () => {
  machine = new Machine();
  path = machine.agent(`require('node:fs').appendFileSync('${STARTED}', 'x')`);
  const pair = await generateKeyPair('RS256', { extractable: true });
  own = pair.privateKey;
  stranger = (await generateKeyPair('RS256')).privateKey;
  const key = { ...(await exportJWK(pair.publicKey)), kid: 'k', alg: 'RS256', use: 'sig' };
  const provider = createServer((request, response) => {
    heard.push(`${request.method} ${request.url} ${request.rawHeaders.join(' ')}`);
    const keys = `${issuer}/protocol/openid-connect/certs`;
    const page = request.url?.endsWith('/certs') ? { keys: [key] } : { issuer, jwks_uri: keys };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(page));
  }).listen(0, '127.0.0.1');
  await once(provider, 'listening');
  issuer = `http://127.0.0.1:${(provider.address() as AddressInfo).port}`;
  closers.push(
    () => provider.closeAllConnections(),
    () => provider.close(),
  );
  platform = await fakePlatform(issuer, { strict: true, heard: (request) => heard.push(request) });
});
afterAll(async () => {
  for (const close of closers) close();
  await platform.close();
  await machine.dispose();
});

/** A signed platform token, with these claims instead of the usual ones. */
function signed(extra: Record<string, unknown> = {}, key = own, header: Record<string, unknown> = {}) {
  return new SignJWT({
    iss: issuer,
    sub: 'ada',
    aud: `${platform.url}/code-assistant-api`,
    exp: soon,
    ...extra,
  })
    .setProtectedHeader({ alg: 'RS256', kid: 'k', ...header })
    .sign(key);
}

/** How a token reaches the launcher. The system cannot pass a program a NUL, or more than 128 KiB. */
const WAYS: Readonly<
  Record<string, (token: string, name: string) => RunOptions & { readonly args: string[] }>
> = {
  '--jwt-token': (token) => ({ args: ['--jwt-token', token] }),
  CODEMIE_JWT_TOKEN: (token) => ({ args: [], env: { CODEMIE_JWT_TOKEN: token } }),
  '--jwt-token -': (token) => ({ args: ['--jwt-token', '-'], input: token }),
  '--jwt-token-file': (token, name) => {
    const file = join(machine.folder, name.replace(/\W/g, '-'));
    writeFileSync(file, token);
    return { args: ['--jwt-token-file', file] };
  },
};
const carries = (way: string, token: string): boolean =>
  way === '--jwt-token -' || way === '--jwt-token-file' || !(token.includes('\0') || token.length > 120_000);

async function launch(way: string, token: string, name: string): Promise<Result> {
  const { args, ...options } = WAYS[way]?.(token, name) ?? { args: [] };
  const env = { PATH: path, ...options.env };
  const words = [...args, '--base-url', platform.url, '--task', 'x'];
  return machine.run(words, { ...options, bin: 'codemie-claude.js', env });
}

type Row = readonly [name: string, token: string, code: string];

/** Runs the whole table, a few launchers at a time. */
async function launchAll(way: string, rows: readonly Row[]): Promise<(readonly [Row, Result])[]> {
  const waiting = rows.filter(([, token]) => carries(way, token));
  const results: (readonly [Row, Result])[] = [];
  const worker = async (): Promise<void> => {
    for (let row = waiting.shift(); row !== undefined; row = waiting.shift())
      results.push([row, await launch(way, row[1], row[0])]);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return results;
}

const outcome = ({ code, stdout, stderr }: Result): string =>
  `exit ${code}, ${/\[([A-Z_]+)\]/.exec(stderr)?.[1]}, ${stdout === '' ? 'nothing' : 'something'} on stdout`;
const wanted = (code: string): string => `exit ${code === 'USAGE' ? 2 : 4}, ${code}, nothing on stdout`;

/** Parts long enough that no error contains them by chance. */
const tell = (token: string): readonly string[] =>
  token.split(/[\s.]/).filter((part) => part.length > 12 && !part.includes('://'));

function expectRefused(results: readonly (readonly [Row, Result])[]): void {
  expect(results.map(([[name], result]) => [name, outcome(result)])).toEqual(
    results.map(([[name, , code]]) => [name, wanted(code)]),
  );
  for (const [[name, token], { stdout, stderr }] of results)
    for (const part of tell(token)) expect((stdout + stderr).includes(part), name).toBe(false);
  expect(existsSync(join(machine.work, STARTED)), 'an agent started').toBe(false);
}

describe.each(Object.keys(WAYS))('a bad token by %s', (way) => {
  it('that is not a usable JWT is rejected without a request', async () => {
    const rows: readonly Row[] = [
      ['empty', '', 'AUTH_MISSING'],
      ['white space', ' \n\t ', 'AUTH_MISSING'],
      ...MALFORMED.map(([name, token]): Row => [name, token, 'AUTH_MALFORMED']),
    ];
    const before = heard.length;
    const results = await launchAll(way, rows);
    expect(results.length).toBeGreaterThan(60);
    expectRefused(results);
    expect(heard.slice(before)).toEqual([]);
  });

  it('that is expired, not yet valid or signed with a wrong key is not sent anywhere', async () => {
    const rows: Row[] = [];
    for (const [name, claims, code] of WRONG_TIMES) rows.push([name, await signed(claims), code]);
    rows.push(
      ['wrong key', await signed({}, stranger), 'AUTH_SIGNATURE'],
      ['a key that was not published', await signed({}, stranger, { kid: 'other' }), 'AUTH_SIGNATURE'],
      ['no signature to speak of', madeToken({ iss: issuer, sub: 'ada', exp: soon }), 'AUTH_SIGNATURE'],
      [
        'changed after it was signed',
        (await signed()).replace(
          /\..*\./,
          `.${madeToken({ iss: issuer, sub: 'eve', exp: soon }).split('.')[1]}.`,
        ),
        'AUTH_SIGNATURE',
      ],
      [
        'its own key in its header',
        await signed({}, stranger, { jwk: { kty: 'RSA', n: 'x', e: 'AQAB' }, kid: 'k' }),
        'AUTH_SIGNATURE',
      ],
      [
        'a shared secret as its algorithm',
        madeToken({ iss: issuer, exp: soon }, { alg: 'HS256', kid: 'k' }),
        'AUTH_SIGNATURE',
      ],
    );
    const before = heard.length;
    const results = await launchAll(way, rows);
    expectRefused(results);
    const text = heard.slice(before).join('\n');
    for (const [, token] of rows) expect(text.includes(token.split('.')[1] ?? token)).toBe(false);
  });

  it('that only the platform can check is sent to nothing else, and rejected as the platform says', async () => {
    const rows: Row[] = [
      ['wrong audience', await signed({ aud: 'https://elsewhere.example' }), 'AUTH_UNCERTAIN'],
      ['wrong issuer', await signed({ iss: 'https://elsewhere.example' }, stranger), 'AUTH_UNCERTAIN'],
      ['no issuer', await signed({ iss: undefined }), 'AUTH_UNCERTAIN'],
      ['issuer in other letters', await signed({ iss: issuer.replace('http', 'HTTP') }), 'AUTH_UNCERTAIN'],
    ];
    const before = heard.length;
    expectRefused(await launchAll(way, rows));
    const spent = heard.slice(before).filter((request) => request.includes('Bearer'));
    expect(spent.filter((request) => !request.includes('/code-assistant-api/v1/'))).toEqual([]);
  });
});

it('more than 1 MiB on stdin is a usage error', async () => {
  const result = await launch('--jwt-token -', 'a'.repeat(1_048_577), 'huge');
  expect(outcome(result)).toBe(wanted('USAGE'));
});

describe.each(Object.keys(WAYS))('a good token by %s', (way) => {
  it('starts the agent, with a notice about text pasted around it', async () => {
    const token = await signed();
    const rows: Row[] = [
      ['as it is', token, ''],
      ['the newline of echo', `${token}\n`, ''],
      ['blanks', `  ${token}\n`, 'white space'],
      ['double quotes', `"${token}"`, 'the quotes'],
      ['single quotes', `'${token}'`, 'the quotes'],
      ['Bearer', `Bearer ${token}`, 'the "Bearer" prefix'],
      ['a whole header', `Authorization: Bearer ${token}\r\n`, 'the "Bearer" prefix'],
    ];
    const results = await launchAll(way, rows);
    for (const [[name, , notice], { code, stdout, stderr }] of results) {
      expect([code, stdout], `${name}: ${stderr}`).toEqual([0, '']);
      expect(stderr.includes(`Ignored ${notice} around the token.`), name).toBe(notice !== '');
      expect((stdout + stderr).includes(token), name).toBe(false);
    }
  });
});
