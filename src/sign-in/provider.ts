import type { Configuration, TokenEndpointResponse, TokenEndpointResponseHelpers } from 'openid-client';
import type { Context } from '../context.ts';
import type { OidcCredential } from '../credentials/credential.ts';
import { lifeOf } from '../credentials/token-response.ts';
import type { FetchInit } from '../net/fetch.ts';
import { isLoopbackHost, type Origin, requireSecure } from '../net/origin.ts';
import { CodemieError, messageOf } from '../system/errors.ts';
import { Secret } from '../system/secret.ts';

export const SCOPE = 'openid profile email offline_access';
const TOLERANCE_SECONDS = 60;

export interface ProviderRequest {
  readonly origin: Origin;
  readonly issuer: string;
  readonly clientId: string;
  /** Sent as `resource` (RFC 8707) when the platform names one. */
  readonly resource?: string | undefined;
}

export type Tokens = TokenEndpointResponse & TokenEndpointResponseHelpers;

/** An OpenID provider whose metadata was read and checked. */
export interface Provider {
  readonly library: typeof import('openid-client');
  readonly configuration: Configuration;
  readonly request: ProviderRequest;
  /** Turns validated tokens into the credential that rests in the store. */
  credential(tokens: Tokens): OidcCredential;
  /** Rewords a failure of the library. */
  explain(error: unknown): CodemieError;
}

/**
 * Reads the provider's metadata (OpenID Connect Discovery 1.0; the issuer must be the one asked for, S12) and prepares
 * openid-client: our HTTP client, signatures of ID tokens verified, 60 s of clock tolerance.
 *
 * @throws ISSUER_INVALID, URL_INSECURE, UNREACHABLE.
 */
export async function discoverProvider(context: Context, request: ProviderRequest): Promise<Provider> {
  const library = await import('openid-client');
  const issuer = issuerUrl(request.issuer);
  const seen: { serverDate?: number; expiresIn?: unknown } = {};
  const execute = isLoopbackHost(issuer.hostname) ? [library.allowInsecureRequests] : [];
  let configuration: Configuration;
  try {
    configuration = await library.discovery(
      issuer,
      request.clientId,
      { [library.clockTolerance]: TOLERANCE_SECONDS },
      library.None(),
      { execute, timeout: 15, [library.customFetch]: observing(context, seen) as never },
    );
  } catch (error) {
    throw discoveryError(error, request.issuer);
  }
  library.enableNonRepudiationChecks(configuration);
  const metadata = configuration.serverMetadata();
  const endpoints = [
    metadata.authorization_endpoint,
    metadata.token_endpoint,
    metadata.revocation_endpoint,
    metadata.device_authorization_endpoint,
  ];
  for (const endpoint of endpoints) if (endpoint !== undefined) requireSecure(new URL(endpoint));
  return {
    library,
    configuration,
    request,
    credential: (tokens) => {
      const claims = tokens.claims();
      const now = context.clock.now();
      const text = (value: unknown): string | undefined =>
        typeof value === 'string' && value !== '' ? value : undefined;
      const name = text(claims?.['name']) ?? text(claims?.['preferred_username']);
      const email = text(claims?.['email']);
      return {
        kind: 'oidc',
        origin: request.origin,
        identity: { ...(claims && { id: claims.sub }), ...(name && { name }), ...(email && { email }) },
        obtainedAt: now,
        issuer: metadata.issuer,
        clientId: request.clientId,
        tokenEndpoint: metadata.token_endpoint ?? '',
        ...(metadata.revocation_endpoint && { revocationEndpoint: metadata.revocation_endpoint }),
        ...(metadata.end_session_endpoint && { endSessionEndpoint: metadata.end_session_endpoint }),
        accessToken: new Secret(tokens.access_token),
        ...(tokens.refresh_token && { refreshToken: new Secret(tokens.refresh_token) }),
        ...(tokens.id_token && { idToken: new Secret(tokens.id_token) }),
        expiresAt: now + lifeOf(seen.expiresIn),
      };
    },
    explain: (error) => exchangeError(error, context.clock.now(), seen.serverDate),
  };
}

/**
 * Our client as the library's fetch. Notes the server's clock, and takes an unusable `expires_in` out of a token
 * response, where the library would reject the whole sign-in for it (S14: such a token is treated as short-lived).
 */
function observing(context: Context, seen: { serverDate?: number; expiresIn?: unknown }) {
  return async (url: string, init?: FetchInit): Promise<Response> => {
    const response = await context.fetch(url, init);
    const date = Date.parse(response.headers.get('date') ?? '');
    if (!Number.isNaN(date)) seen.serverDate = date;
    if (init?.method !== 'POST' || response.status !== 200) return response;
    const body: unknown = await response
      .clone()
      .json()
      .catch(() => undefined);
    if (typeof body !== 'object' || body === null || !('access_token' in body)) return response;
    const { expires_in, ...rest } = body as Record<string, unknown>;
    seen.expiresIn = expires_in;
    const usable = typeof expires_in === 'number' && expires_in > 0 ? { expires_in } : {};
    return new Response(JSON.stringify({ ...rest, ...usable }), { status: 200, headers: response.headers });
  };
}

function issuerUrl(issuer: string): URL {
  if (!URL.canParse(issuer)) {
    throw new CodemieError({
      code: 'ISSUER_INVALID',
      message: `"${issuer.slice(0, 200)}" is not the address of an OpenID provider.`,
      hint: 'Give it with --issuer https://…',
      exit: 'usage',
    });
  }
  const url = new URL(issuer);
  requireSecure(url);
  return url;
}

function discoveryError(error: unknown, issuer: string): CodemieError {
  const inner = firstCodemieError(error);
  if (inner !== undefined) return inner;
  return new CodemieError({
    code: 'ISSUER_INVALID',
    message: `${issuer} did not describe itself as that OpenID provider (${messageOf(error)}).`,
    hint: 'Check the address of the identity provider: --issuer https://…',
    exit: 'failed',
    cause: error,
  });
}

function exchangeError(error: unknown, now: number, serverDate: number | undefined): CodemieError {
  const inner = firstCodemieError(error);
  if (inner !== undefined) return inner;
  const code = (error as { error?: unknown }).error;
  if (code === 'access_denied') return denied(undefined);
  const skew = serverDate === undefined ? 0 : Math.round((now - serverDate) / 1000);
  if (Math.abs(skew) > TOLERANCE_SECONDS) {
    return new CodemieError({
      code: 'CLOCK_SKEW',
      message: `The identity provider's answer is not valid at this machine's time: its clock is ${Math.abs(skew)} s ${skew > 0 ? 'behind' : 'ahead of'} ours.`,
      hint: 'Set this machine’s clock (NTP) and sign in again.',
      exit: 'failed',
      cause: error,
    });
  }
  return new CodemieError({
    code: 'SIGN_IN_FAILED',
    message: `The identity provider's answer was rejected: ${messageOf(error)}${typeof code === 'string' ? ` (${code.slice(0, 60)})` : ''}.`,
    hint: 'Try again; if it stays, run: codemie doctor',
    exit: 'auth',
    cause: error,
  });
}

/** @param description as the provider sent it, already cleaned. */
export function denied(description: string | undefined): CodemieError {
  return new CodemieError({
    code: 'SIGN_IN_DENIED',
    message: `The sign-in was denied${description === undefined || description === '' ? '' : `: ${description}`}.`,
    hint: 'Sign in again and allow the access: codemie profile login',
    exit: 'denied',
  });
}

export function timedOut(what: string): CodemieError {
  return new CodemieError({
    code: 'SIGN_IN_TIMEOUT',
    message: `${what}; nothing was changed.`,
    hint: 'Try again, with more time: codemie profile login --timeout 5m',
    exit: 'timeout',
  });
}

function firstCodemieError(error: unknown): CodemieError | undefined {
  for (let cause = error, depth = 0; cause !== undefined && depth < 6; depth += 1) {
    if (cause instanceof CodemieError) return cause;
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  return undefined;
}
