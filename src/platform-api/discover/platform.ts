import { apiBase } from '../../config/api-base.ts';
import type { Context } from '../../context.ts';
import type { HttpResponse } from '../../net/http.ts';
import type { Origin } from '../../net/origin.ts';
import { CodemieError } from '../../system/errors.ts';
import { objectIn } from '../../system/json.ts';
import { printable } from '../../system/printable.ts';
import { componentsIn, isManaged } from '../components.ts';
import { judge } from '../judge-refusal.ts';
import { type IdentityProvider, identityProviderOf } from './identity-provider.ts';

/** How a person can sign in to the platform. */
export type SignInWay = 'oidc' | 'hand-off' | 'local';

export interface PlatformFacts {
  readonly version?: string;
  /** `keycloak`, `local`, `oidc` or `entraid-oidc`, if the platform reports it. */
  readonly idpProvider?: string;
  /** Where access is managed; undefined if the platform does not report it. */
  readonly access?: 'platform' | 'keycloak';
  /** Whether it has the enterprise edition; undefined if it does not report its components. */
  readonly isEnterprise?: boolean;
  readonly identityProvider?: IdentityProvider;
  /** The platform answers no request without a sign-in. */
  readonly guarded: boolean;
  /** Best first; empty if the platform only accepts bearer tokens. */
  readonly ways: readonly SignInWay[];
}

/**
 * Asks a platform, without signing in, for its version and how to sign in. Deployed versions differ, so facts that it does not
 * report are left out.
 *
 * @param base base URL of its API.
 * @throws UNREACHABLE or TLS_UNTRUSTED (5) if there is no HTTP response, NOT_A_PLATFORM (5) if another service answers.
 */
export async function discoverPlatform(
  context: Context,
  origin: Origin,
  base = apiBase(origin),
): Promise<PlatformFacts> {
  const get = async (url: string): Promise<HttpResponse> =>
    context.http({ url, headers: { accept: 'application/json' }, signal: context.signal });
  // The first request must succeed; each of the others may fail.
  const { info, guarded } = infoIn(context, origin, await get(`${base}/v1/info`));
  const [config, identityProvider] = await Promise.all([
    get(`${base}/v1/config`).catch(() => undefined),
    identityProviderOf(context, origin, base),
  ]);
  const version = info?.['version'];
  const components = componentsIn(config);
  const idpProvider = components?.get('idpProvider');
  const managed = isManaged(components) === true;
  return {
    ...(typeof version === 'string' ? { version: printable(version, 60) } : {}),
    ...(idpProvider === undefined || idpProvider === '' ? {} : { idpProvider }),
    ...(components === undefined
      ? {}
      : {
          access: managed ? 'platform' : 'keycloak',
          isEnterprise: components.has('features:enterpriseEdition'),
        }),
    ...(identityProvider === undefined ? {} : { identityProvider }),
    guarded,
    ways: waysOf(identityProvider, idpProvider === 'local', managed),
  };
}

/** A provider that is only known from a redirect may not know codemie as a client, so the platform's own sign-in is used. */
function waysOf(provider: IdentityProvider | undefined, isLocal: boolean, isManaged: boolean): SignInWay[] {
  const published: SignInWay[] = provider?.saidBy === 'metadata' ? ['oidc'] : [];
  // Local accounts need user management. Without it, such a platform offers no hand-off either.
  if (isLocal) return isManaged ? [...published, 'local'] : published;
  return [...published, 'hand-off'];
}

function infoIn(
  context: Context,
  origin: Origin,
  response: HttpResponse,
): { readonly info?: Record<string, unknown> | undefined; readonly guarded: boolean } {
  const now = context.clock.now();
  try {
    const { status, body } = judge({ origin, path: '/v1/info', response, access: undefined, now });
    return { info: status === 200 ? objectIn(body.toString('utf8')) : undefined, guarded: false };
  } catch (error) {
    if (!(error instanceof CodemieError) || error.code === 'NOT_A_PLATFORM') throw error;
    return { guarded: error.code === 'GUARDED' };
  }
}
