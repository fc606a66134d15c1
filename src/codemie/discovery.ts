import { apiBase } from '../config/address.ts';
import type { Context } from '../context.ts';
import { type Origin, requireSecure } from '../net/origin.ts';
import type { HttpResponse } from '../net/request.ts';

/** How a person can sign in there, best first. */
export type SignInWay = 'oidc' | 'hand-off' | 'local';

export interface PlatformFacts {
  readonly version?: string;
  /** `keycloak`, `local`, `oidc` or `entraid-oidc`, where the platform says so. */
  readonly idpProvider?: string;
  readonly userManagement: boolean;
  /** The OpenID issuer from protected-resource metadata (RFC 9728 §3). */
  readonly issuer?: string;
  /** The resource identifier of that metadata, to be sent as `resource` (RFC 8707). */
  readonly resource?: string;
  readonly ways: readonly SignInWay[];
}

/**
 * Asks a platform, without signing in, what it is and how one signs in there. Deployed versions differ: whatever is
 * not answered is left out.
 *
 * @throws UNREACHABLE or TLS_UNTRUSTED when the platform gives no HTTP answer at all.
 */
export async function discoverPlatform(context: Context, origin: Origin): Promise<PlatformFacts> {
  const get = async (url: string): Promise<HttpResponse> =>
    context.http({ url, headers: { accept: 'application/json' }, signal: context.signal });
  // The first call decides whether anything is there; the others may fail one by one.
  const info = await get(`${apiBase(origin)}/v1/info`);
  const [config, ...metadata] = await Promise.all(
    [
      `${apiBase(origin)}/v1/config`,
      `${origin}/.well-known/oauth-protected-resource/code-assistant-api`,
      `${origin}/.well-known/oauth-protected-resource`,
    ].map((url) => get(url).catch(() => undefined)),
  );
  const version = fieldsOf(info)?.['version'];
  const components = componentsOf(config);
  const resource = metadata.map(fieldsOf).find((fields) => issuerIn(fields) !== undefined);
  const issuer = issuerIn(resource);
  const idpProvider = components.get('idpProvider');
  const ways: SignInWay[] = [];
  if (issuer !== undefined) ways.push('oidc');
  ways.push(idpProvider === 'local' ? 'local' : 'hand-off');
  return {
    ...(typeof version === 'string' ? { version } : {}),
    ...(idpProvider === undefined || idpProvider === '' ? {} : { idpProvider }),
    userManagement: components.has('features:userManagement'),
    ...(issuer === undefined ? {} : { issuer }),
    ...(typeof resource?.['resource'] === 'string' ? { resource: resource['resource'] } : {}),
    ways,
  };
}

function issuerIn(fields: Record<string, unknown> | undefined): string | undefined {
  const servers = fields?.['authorization_servers'];
  const first: unknown = Array.isArray(servers) ? servers[0] : undefined;
  if (typeof first !== 'string' || !URL.canParse(first)) return undefined;
  requireSecure(new URL(first));
  return first;
}

/** `/v1/config` is a list of components; older servers answer 404. Values are kept as text. */
function componentsOf(response: HttpResponse | undefined): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const value = response?.status === 200 ? parse(response) : undefined;
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

function fieldsOf(response: HttpResponse | undefined): Record<string, unknown> | undefined {
  const value = response?.status === 200 ? parse(response) : undefined;
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}

function parse(response: HttpResponse): unknown {
  try {
    return JSON.parse(response.body.toString('utf8'));
  } catch {
    return undefined;
  }
}
