import { describe, expect, it } from 'vitest';
import {
  expired,
  fromVariables,
  type Machine,
  says,
  set,
  signedInWith,
  somebody,
} from '../../support/broken-machine.ts';
import { sandboxFor } from '../../support/person.ts';
import { platformJwt } from '../../support/real-platform.ts';
import { signedInBefore } from '../../support/replaced-platform.ts';
import { expectShape } from '../../support/schemas.ts';

interface Status {
  readonly state: string;
  readonly connection: { readonly state: string };
  readonly fix: readonly string[];
  readonly hint: string | null;
  readonly expiresAt: string | null;
}

const PORTAL = says(302, 'text/html', '', { location: 'http://portal.example/login' });
const PAGE = says(200, 'text/html', '<!doctype html><p>Welcome');

/** Machine, state, connection, exit code. */
const MACHINES: Readonly<
  Record<string, readonly [() => Promise<Machine> | Machine, string, string, number]>
> = {
  'a good sign-in': [() => signedInWith(), 'valid', 'ok', 0],
  'nobody signed in': [
    async () => somebody({ env: { CODEMIE_URL: (await sandboxFor()).url } }),
    'missing',
    'not-checked',
    4,
  ],
  'an expired token in a variable': [
    async () => set(await signedInWith(), 'CODEMIE_JWT_TOKEN', platformJwt({ exp: 1_700_000_000 })),
    'expired',
    'not-checked',
    4,
  ],
  'a session that the server ended': [
    () => signedInWith({}, { fault: 'revoke-session' }, { fault: 'expire-access' }),
    'ended',
    'ok',
    4,
  ],
  'a session that ended long ago': [
    async () => expired(await signedInWith({}, { fault: 'revoke-session' })),
    'ended',
    'not-checked',
    4,
  ],
  'a token that the server refuses': [() => signedInWith({}, { fault: 'api-401' }), 'refused', 'ok', 4],
  'a database that is down': [
    () => signedInWith({}, { fault: 'database-down', value: 0 }),
    'refused',
    'ok',
    4,
  ],
  'an account that was deactivated': [
    () => signedInWith({}, { fault: 'account-deactivated' }),
    'refused',
    'ok',
    4,
  ],
  'a captive portal': [() => signedInBefore({ answers: PORTAL }), 'not-a-platform', 'not-checked', 5],
  'a captive portal, and an expired token': [
    async () => expired(await signedInBefore({ answers: PORTAL })),
    'not-a-platform',
    'not-checked',
    5,
  ],
  'a captive portal that answers 511': [
    () => signedInBefore({ answers: says(511, 'text/html', '<html>Log in</html>') }),
    'not-a-platform',
    'not-checked',
    5,
  ],
  'a web page in place of the API': [
    () => signedInBefore({ answers: PAGE }),
    'not-a-platform',
    'not-checked',
    5,
  ],
  'a web page in place of the API, and an expired token': [
    async () => expired(await signedInBefore({ answers: PAGE })),
    'not-a-platform',
    'not-checked',
    5,
  ],
  'an address of another program': [
    () => signedInBefore({ answers: says(404, 'application/json', '{}') }),
    'not-a-platform',
    'not-checked',
    5,
  ],
  'a platform that answers 503': [
    () => signedInBefore({ answers: says(503, 'text/html', 'down') }),
    'unreachable',
    'unreachable',
    5,
  ],
  'a platform that never answers': [
    () => signedInBefore({ treats: (socket) => void socket.resume() }),
    'unreachable',
    'unreachable',
    5,
  ],
  'a platform that closes connections': [
    () => signedInBefore({ treats: (socket) => void socket.once('data', () => socket.destroy()) }),
    'unreachable',
    'unreachable',
    5,
  ],
  'an identity provider that is down, and an expired token': [
    async () => expired(await signedInWith({}, { fault: '500', route: 'token' })),
    'unreachable',
    'unreachable',
    5,
  ],
  'an identity provider that is down, and a good token': [
    () => signedInWith({}, { fault: '500', route: 'token' }),
    'valid',
    'ok',
    0,
  ],
  'a host name that nobody knows': [
    () => fromVariables({ CODEMIE_URL: 'https://no-such-name.invalid' }),
    'unreachable',
    'unreachable',
    5,
  ],
};

describe('codemie profile status never contradicts itself', () => {
  it.each(Object.entries(MACHINES))('%s', async (_what, [machine, state, connection, code]) => {
    const own = await machine();
    const json = await own.run('profile status --json');
    const found = expectShape<Status & Record<string, unknown>>('profile-status', json.stdout);
    expect([found.state, found.connection.state, json.code], json.stdout).toEqual([state, connection, code]);
    // The way out is not the command that was just run.
    expect([...found.fix, found.hint ?? ''].join('\n')).not.toMatch(/codemie profile status/);
    if (code !== 0) expect(found.fix.length + (found.hint ?? '').length).toBeGreaterThan(0);
    const { stdout } = await own.run('profile status');
    const rows = new Map(stdout.split('\n').map((line) => [line.split(':')[0], line]));
    const status = rows.get('Status') ?? '';
    if (/expired$/.test(status)) expect(rows.get('Expires') ?? '').not.toMatch(/ in \d/);
    if (state !== 'valid') expect(status).not.toMatch(/: +signed in/);
    if (connection !== 'ok') expect(rows.get('Connection')).not.toMatch(/: +ok/);
  });
});
