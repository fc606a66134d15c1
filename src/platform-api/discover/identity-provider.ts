import type { Context } from '../../context.ts';
import type { HttpResponse } from '../../net/http.ts';
import { type Origin, requireSecure } from '../../net/origin.ts';
import { messageOf } from '../../system/errors.ts';
import { objectIn } from '../../system/json.ts';

/** The identity provider of a platform, as the platform reports it. */
export interface IdentityProvider {
  readonly issuer: string;
  /** The resource identifier from the metadata, sent as `resource` (RFC 8707). */
  readonly resource?: string;
  /**
   * `metadata`: the platform publishes it for clients (RFC 9728 §3). `redirect`: the platform redirects browsers there, and
   * codemie may not be registered there as a client.
   */
  readonly saidBy: 'metadata' | 'redirect';
}

/** Timeout of one request, ms. Later responses are ignored. */
const TIMEOUT_MS = 5000;
const MAX_HOPS = 4;
const MAX_CANDIDATES = 8;

/**
 * @param base base URL of the platform's API.
 * @returns undefined if the platform names no provider, or none that can be verified.
 */
export async function identityProviderOf(
  context: Context,
  origin: Origin,
  base: string,
): Promise<IdentityProvider | undefined> {
  const published = await Promise.all(
    [
      `${origin}/.well-known/oauth-protected-resource/code-assistant-api`,
      `${origin}/.well-known/oauth-protected-resource`,
    ].map((url) => get(context, url)),
  );
  return (
    published.map(fromMetadata).find((found) => found !== undefined) ?? fromRedirect(context, origin, base)
  );
}

function fromMetadata(response: HttpResponse | undefined): IdentityProvider | undefined {
  const fields = jsonOf(response);
  const servers = fields?.['authorization_servers'];
  const first: unknown = Array.isArray(servers) ? servers[0] : undefined;
  if (typeof first !== 'string' || !URL.canParse(first)) return undefined;
  requireSecure(new URL(first));
  const resource = fields?.['resource'];
  return { issuer: first, saidBy: 'metadata', ...(typeof resource === 'string' && { resource }) };
}

/** A gateway redirects a browser without a session to the identity provider, directly or from its own start page. */
async function fromRedirect(
  context: Context,
  origin: Origin,
  base: string,
): Promise<IdentityProvider | undefined> {
  for (const start of [`${base}/v1/user`, `${origin}/oauth2/start`]) {
    const endpoint = await redirectTarget(context, origin, start);
    const issuer = endpoint === undefined ? undefined : await issuerServing(context, endpoint);
    if (issuer !== undefined) return { issuer, saidBy: 'redirect' };
  }
  return undefined;
}

/** @returns the first address on another origin that the redirects from here lead to. */
async function redirectTarget(context: Context, origin: Origin, start: string): Promise<URL | undefined> {
  let url = new URL(start);
  for (let hop = 0; hop < MAX_HOPS; hop += 1) {
    const response = await get(context, url.href, 'text/html');
    const location = response?.headers['location'];
    if (response === undefined || response.status < 300 || response.status > 399) return undefined;
    if (location === undefined || !URL.canParse(location, url.href)) return undefined;
    url = new URL(location, url);
    if (url.origin !== origin) return url;
  }
  return undefined;
}

/**
 * @returns the issuer that this authorization endpoint belongs to. The address alone proves nothing: a metadata document must
 *   name its own issuer and this exact endpoint (OpenID Connect Discovery §4.3).
 */
async function issuerServing(context: Context, endpoint: URL): Promise<string | undefined> {
  const address = `${endpoint.origin}${endpoint.pathname}`;
  const parts = endpoint.pathname.split('/').filter((part) => part !== '');
  const prefixes = parts.map((_, i) => `/${parts.slice(0, i).join('/')}`.replace(/\/$/, ''));
  // Entra ID's endpoint is not below its issuer: /{tenant}/oauth2/v2.0/authorize belongs to /{tenant}/v2.0.
  const entra = /^(\/[^/]+)\/oauth2\/(v2\.0)\/authorize$/.exec(endpoint.pathname);
  const candidates = [...(entra === null ? [] : [`${entra[1]}/${entra[2]}`]), ...prefixes.reverse()];
  const found = await Promise.all(
    candidates.slice(0, MAX_CANDIDATES).map(async (path) => {
      const base = `${endpoint.origin}${path}`;
      const fields = jsonOf(await get(context, `${base}/.well-known/openid-configuration`));
      const issuer = fields?.['issuer'];
      const isOwn = issuer === base || issuer === `${base}/`;
      return isOwn && fields?.['authorization_endpoint'] === address ? String(issuer) : undefined;
    }),
  );
  return found.find((issuer) => issuer !== undefined);
}

/** Sends one request without a credential. @returns undefined if it fails. */
async function get(
  context: Context,
  url: string,
  accept = 'application/json',
): Promise<HttpResponse | undefined> {
  try {
    requireSecure(new URL(url));
    return await context.http({ url, headers: { accept }, timeoutMs: TIMEOUT_MS, signal: context.signal });
  } catch (error) {
    context.signal.throwIfAborted();
    context.log.debug('request failed', { url, reason: messageOf(error) });
    return undefined;
  }
}

function jsonOf(response: HttpResponse | undefined): Record<string, unknown> | undefined {
  return response?.status === 200 ? objectIn(response.body.toString('utf8')) : undefined;
}
