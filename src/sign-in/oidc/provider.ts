import type { Configuration, ServerMetadata, TokenEndpointResponse } from 'openid-client';
import type { Context } from '../../context.ts';
import type { OidcCredential } from '../../credentials/credential.ts';
import type { Identity } from '../../credentials/identity.ts';
import { inspectJwt } from '../../credentials/jwt.ts';
import { isSendable, lifeOf } from '../../credentials/renew/token-response.ts';
import { isLoopbackHost, type Origin, requireSecure } from '../../net/origin.ts';
import { type CodemieError, usageError } from '../../system/errors.ts';
import { printable } from '../../system/printable.ts';
import { Secret } from '../../system/secret.ts';
import {
  codemieErrorIn,
  exchangeError,
  invalidIssuer,
  rejected,
  sentenceOf,
  TOLERANCE_SECONDS,
} from '../errors.ts';
import { type Observed, observingFetch } from './observing-fetch.ts';

/** Asks for a refresh token that outlives the browser's session. */
const SCOPE = 'openid profile email offline_access';
/** Every provider grants these scopes. The refresh token then ends with the session at the provider. */
export const PLAIN_SCOPE = 'openid profile email';

export interface ProviderRequest {
  readonly origin: Origin;
  readonly issuer: string;
  readonly clientId: string;
  readonly scope?: string | undefined;
  /** Sent as `resource` (RFC 8707), if the platform names one. */
  readonly resource?: string | undefined;
}

/** A token response that the library has validated, with the claims of its ID token. */
export type Tokens = TokenEndpointResponse & { claims(): Readonly<Record<string, unknown>> | undefined };

/** An OpenID provider with verified metadata. */
export interface Provider {
  readonly library: typeof import('openid-client');
  readonly configuration: Configuration;
  readonly request: ProviderRequest;
  readonly scope: string;
  /** Turns validated tokens into the credential to store. */
  credential(tokens: Tokens): OidcCredential;
  /** Converts an error of the library. */
  explain(error: unknown): CodemieError;
}

/**
 * Reads the provider's metadata (OpenID Connect Discovery 1.0), whose issuer must match the requested one (S12), and configures
 * openid-client: this program's HTTP client, verified ID token signatures, and 60 s of clock tolerance.
 *
 * @throws URL_INVALID, URL_INSECURE (2); UNREACHABLE (5); ISSUER_INVALID (1).
 */
export async function discoverProvider(context: Context, request: ProviderRequest): Promise<Provider> {
  const library = await import('openid-client');
  const issuer = issuerUrl(request.issuer);
  const seen: Observed = {};
  let configuration: Configuration;
  try {
    configuration = await library.discovery(
      issuer,
      request.clientId,
      { [library.clockTolerance]: TOLERANCE_SECONDS },
      library.None(),
      {
        execute: isLoopbackHost(issuer.hostname) ? [library.allowInsecureRequests] : [],
        timeout: 15,
        [library.customFetch]: observingFetch(context, seen) as never,
      },
    );
  } catch (error) {
    throw discoveryError(error, issuer);
  }
  library.enableNonRepudiationChecks(configuration);
  const metadata = configuration.serverMetadata();
  // The library allows another issuer name for two vendors. Their tokens would contain that name too.
  if (urlOf(metadata.issuer)?.href !== issuer.href) throw otherName(issuer, metadata.issuer);
  const endpoints = checkedEndpoints(metadata);
  return {
    library,
    configuration,
    request,
    scope: request.scope ?? SCOPE,
    credential: (tokens) => {
      const now = context.clock.now();
      const claims = tokens.claims();
      requireUsable(tokens);
      requireOwnClient(tokens, claims, request.clientId);
      return {
        kind: 'oidc',
        origin: request.origin,
        identity:
          claims === undefined
            ? identityIn(tokens.access_token)
            : {
                ...text('id', claims['sub']),
                ...text('name', claims['name'] ?? claims['preferred_username']),
                ...text('email', claims['email']),
              },
        obtainedAt: now,
        issuer: metadata.issuer,
        clientId: request.clientId,
        ...endpoints,
        accessToken: new Secret(tokens.access_token),
        ...(tokens.refresh_token && { refreshToken: new Secret(tokens.refresh_token) }),
        ...(tokens.id_token && { idToken: new Secret(tokens.id_token) }),
        expiresAt: now + lifeOf(seen.expiresIn),
      };
    },
    explain: (error) => exchangeError(error, seen.skewSeconds),
  };
}

function issuerUrl(issuer: string): URL {
  // You may paste the address of the metadata document. The library would then skip its issuer check.
  const url = urlOf(issuer.trim().replace(/\/\.well-known\/(openid-configuration|oauth-.*)$/, ''));
  if (url === undefined || url.search !== '' || url.hash !== '' || url.username !== '' || url.password !== '')
    throw usageError(
      `"${printable(issuer)}" is not a valid OpenID provider URL.`,
      { hint: 'Enter a URL with --issuer, such as https://sso.example.com/realms/main.' },
      'URL_INVALID',
    );
  requireSecure(url);
  return url;
}

function urlOf(address: string): URL | undefined {
  return URL.canParse(address) ? new URL(address) : undefined;
}

/** Checks that every endpoint for codes, tokens and keys uses https or is on this machine (S12). */
function checkedEndpoints(
  metadata: ServerMetadata,
): Pick<OidcCredential, 'tokenEndpoint' | 'revocationEndpoint' | 'endSessionEndpoint'> {
  const check = (name: keyof ServerMetadata): string | undefined => {
    const value = metadata[name];
    if (value === undefined || value === null) return undefined;
    const url = typeof value === 'string' ? urlOf(value) : undefined;
    if (url === undefined) throw invalidIssuer(metadata.issuer, `its ${name} is not a URL`);
    requireSecure(url);
    return url.href;
  };
  for (const name of ['authorization_endpoint', 'device_authorization_endpoint', 'jwks_uri'] as const)
    check(name);
  const tokenEndpoint = check('token_endpoint');
  if (tokenEndpoint === undefined) throw invalidIssuer(metadata.issuer, 'it has no token_endpoint');
  const revocationEndpoint = check('revocation_endpoint');
  const endSessionEndpoint = check('end_session_endpoint');
  return {
    tokenEndpoint,
    ...(revocationEndpoint && { revocationEndpoint }),
    ...(endSessionEndpoint && { endSessionEndpoint }),
  };
}

/** Tokens that could be stored but never sent. The library accepts tokens for DPoP, which need a key that this client has not. */
function requireUsable({ access_token, refresh_token = '-', id_token = '-', token_type }: Tokens): void {
  for (const [name, token] of Object.entries({ access_token, refresh_token, id_token }))
    if (!isSendable(token)) throw rejected(`the ${name} contains characters that no token has`);
  if (token_type.toLowerCase() !== 'bearer')
    throw rejected(`the access token is of type "${printable(token_type, 40)}", not a bearer token`);
}

const ALGORITHMS = /^(?:[RPE]S(?:256|384|512)|EdDSA|Ed25519)$/;

/** The checks of OpenID Connect Core §3.1.3.7 that the library does not make (S13). */
function requireOwnClient(
  tokens: Tokens,
  claims: Readonly<Record<string, unknown>> | undefined,
  clientId: string,
): void {
  if (tokens.id_token !== undefined && !ALGORITHMS.test(inspectJwt(tokens.id_token).algorithm))
    throw rejected('the identity token is signed with an algorithm that is not accepted');
  if (claims?.['sub'] === '') throw rejected('the identity token has no subject ("sub")');
  const party = claims?.['azp'];
  if (party !== undefined && party !== clientId)
    throw rejected('the identity token was issued to another client ("azp")');
}

/** Reads the identity from the access token, for display only. Grants without a user return no ID token. */
function identityIn(accessToken: string): Identity {
  try {
    return inspectJwt(accessToken).identity;
  } catch {
    return {};
  }
}

function text<Name extends string>(name: Name, value: unknown): { [Key in Name]?: string } {
  const shown = typeof value === 'string' ? printable(value) : '';
  return (shown === '' ? {} : { [name]: shown }) as { [Key in Name]?: string };
}

function discoveryError(error: unknown, issuer: URL): CodemieError {
  const inner = codemieErrorIn(error);
  if (inner !== undefined) return inner;
  const { cause } = error as { cause?: { attribute?: unknown; body?: { issuer?: unknown } } };
  if (cause?.attribute === 'issuer' && typeof cause.body?.issuer === 'string')
    return otherName(issuer, cause.body.issuer);
  return invalidIssuer(
    issuer.href,
    `it has no OpenID configuration (${sentenceOf(error)})`,
    'Check the URL of the identity provider (--issuer).',
  );
}

function otherName(issuer: URL, name: string): CodemieError {
  return invalidIssuer(issuer.href, `the server there calls itself ${printable(name)}`);
}
