import { apiBase } from '../config/address.ts';
import type { Context } from '../context.ts';
import type { Origin } from '../net/origin.ts';
import type { HttpResponse } from '../net/request.ts';
import { objectIn } from '../system/json.ts';
import { type IdentityProvider, identityProviderOf } from './identity-provider.ts';

/** How a person can sign in there, best first. */
export type SignInWay = 'oidc' | 'hand-off' | 'local';

export interface PlatformFacts {
  readonly version?: string;
  /** `keycloak`, `local`, `oidc` or `entraid-oidc`, where the platform says so. */
  readonly idpProvider?: string;
  readonly userManagement: boolean;
  readonly identityProvider?: IdentityProvider;
  readonly ways: readonly SignInWay[];
}

/**
 * Asks a platform, without signing in, what it is and how one signs in there. Deployed versions differ: whatever is
 * not answered is left out.
 *
 * @param base where its API begins.
 * @throws UNREACHABLE or TLS_UNTRUSTED when the platform gives no HTTP answer at all.
 */
export async function discoverPlatform(
  context: Context,
  origin: Origin,
  base = apiBase(origin),
): Promise<PlatformFacts> {
  const get = async (url: string): Promise<HttpResponse> =>
    context.http({ url, headers: { accept: 'application/json' }, signal: context.signal });
  // The first call decides whether anything is there; the others may fail one by one.
  const info = await get(`${base}/v1/info`);
  const [config, identityProvider] = await Promise.all([
    get(`${base}/v1/config`).catch(() => undefined),
    identityProviderOf(context, origin, base),
  ]);
  const version = info.status === 200 ? objectIn(info.body.toString('utf8'))?.['version'] : undefined;
  const components = componentsOf(config);
  const idpProvider = components.get('idpProvider');
  const ways: SignInWay[] = [];
  // A provider that is only redirected to need not know this program: the platform's own sign-in works in any case.
  if (identityProvider?.saidBy === 'metadata') ways.push('oidc');
  ways.push(idpProvider === 'local' ? 'local' : 'hand-off');
  return {
    ...(typeof version === 'string' ? { version } : {}),
    ...(idpProvider === undefined || idpProvider === '' ? {} : { idpProvider }),
    userManagement: components.has('features:userManagement'),
    ...(identityProvider === undefined ? {} : { identityProvider }),
    ways,
  };
}

/** `/v1/config` is a list of components; older servers answer 404. Values are kept as text. */
function componentsOf(response: HttpResponse | undefined): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const value = response?.status === 200 ? objectIn(response.body.toString('utf8')) : undefined;
  for (const entry of Array.isArray(value) ? value : []) {
    if (typeof entry !== 'object' || entry === null) continue;
    const { id, name, settings, value: direct } = entry as Record<string, unknown>;
    const key = typeof id === 'string' ? id : name;
    if (typeof key !== 'string') continue;
    const inner = typeof settings === 'object' && settings !== null ? settings : {};
    const text =
      direct ?? (inner as Record<string, unknown>)['value'] ?? (inner as Record<string, unknown>)['name'];
    found.set(key, typeof text === 'string' ? text : '');
  }
  return found;
}
