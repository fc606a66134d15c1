import type { KeycloakAdmin } from '../../src/keycloak/admin.ts';
import { connectKeycloak } from '../../src/keycloak/connect.ts';
import type { KeycloakConnection } from '../../src/keycloak/connection.ts';
import { CodemieError } from '../../src/system/errors.ts';
import { Secret } from '../../src/system/secret.ts';
import { type TestContextOptions, testContext } from './context.ts';
import { type Scripted, type Seen, scriptedKeycloak } from './fake-keycloak.ts';

export const CLIENT = { kind: 'client', clientId: 'reader', secret: new Secret('reader-secret-1') } as const;
export const PERSON = {
  kind: 'password',
  username: 'admin',
  password: new Secret('admin-password-1'),
} as const;
export const TOKEN = '/protocol/openid-connect/token';

export interface Setup {
  readonly admin: KeycloakAdmin;
  readonly seen: readonly Seen[];
  readonly tokens: () => readonly string[];
}

/**
 * A client of the admin API and its scripted server.
 *
 * @param answer to requests of the admin API; `undefined` for the default.
 */
export async function setup(
  answer: (seen: Seen, turn: number) => Scripted | undefined,
  connection: Partial<KeycloakConnection> = {},
  options: TestContextOptions = {},
): Promise<Setup> {
  let issued = 0;
  const { url, seen } = await scriptedKeycloak((request, turn) => {
    const scripted = answer(request, turn);
    if (scripted !== undefined) return scripted;
    if (!request.path.endsWith(TOKEN)) return { body: [] };
    issued += 1;
    return { body: { access_token: `token-${issued}`, expires_in: 60 } };
  });
  const context = testContext({ limits: { pausesMs: [1, 1] }, ...options });
  const admin = connectKeycloak(context, { server: url, realm: 'shop', login: CLIENT, ...connection });
  return {
    admin,
    seen,
    tokens: () => seen.filter(({ path }) => path.endsWith(TOKEN)).map(({ path }) => path.split('/')[2] ?? ''),
  };
}

export async function failure(work: Promise<unknown>): Promise<CodemieError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof CodemieError)) throw new Error(`expected a failure, got ${String(error)}`);
  return error;
}

export const isToken = ({ path }: Seen): boolean => path.endsWith(TOKEN);
