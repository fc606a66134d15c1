import type { Origin } from '../net/origin.ts';
import type { Secret } from '../system/secret.ts';
import type { Identity } from './identity.ts';

interface Bound {
  /** The only platform this credential may be sent to (S39). */
  readonly origin: Origin;
  readonly identity: Identity;
  /** Milliseconds since the epoch. */
  readonly obtainedAt: number;
}

/** Tokens of an OpenID sign-in. The endpoints were checked against the issuer's metadata at sign-in (S12). */
export interface OidcCredential extends Bound {
  readonly kind: 'oidc';
  readonly issuer: string;
  readonly clientId: string;
  readonly tokenEndpoint: string;
  readonly revocationEndpoint?: string;
  readonly endSessionEndpoint?: string;
  readonly accessToken: Secret;
  readonly refreshToken?: Secret;
  readonly idToken?: Secret;
  /** Expiry of the access token, ms since the epoch. An unknown lifetime is stored as a short one (S14). */
  readonly expiresAt: number;
}

/** Cookies of the platform's gateway, from the hand-off. Their expiry is unknown until the gateway reports it. */
export interface SessionCredential extends Bound {
  readonly kind: 'session';
  readonly cookies: Readonly<Record<string, Secret>>;
  readonly expiresAt?: number;
  /** Base URL of the platform's API, when it is not the default one. */
  readonly apiBase?: string;
}

/** A bearer token that you supplied. `expiresAt` is its `exp` claim, unverified. */
export interface JwtCredential extends Bound {
  readonly kind: 'jwt';
  readonly token: Secret;
  readonly expiresAt?: number;
}

/** A model provider's API key. */
export interface ApiKeyCredential extends Bound {
  readonly kind: 'api-key';
  readonly key: Secret;
  /** The header that carries the key. */
  readonly header: 'authorization' | 'x-api-key';
  readonly expiresAt?: number;
}

export type Credential = OidcCredential | SessionCredential | JwtCredential | ApiKeyCredential;

/** @returns a credential's id in a store, `<origin>#<account>`. A profile holds this id instead of the secret. */
export function credentialId(credential: Pick<Credential, 'origin' | 'identity'>): string {
  return `${credential.origin}#${credential.identity.id ?? credential.identity.email ?? 'default'}`;
}

/** @returns the first 8 hex digits of the secret's hash, to tell credentials apart without showing them. */
export function fingerprintOf(credential: Credential): string {
  switch (credential.kind) {
    case 'oidc':
      return credential.accessToken.fingerprint();
    case 'jwt':
      return credential.token.fingerprint();
    case 'api-key':
      return credential.key.fingerprint();
    case 'session':
      return Object.values(credential.cookies)[0]?.fingerprint() ?? '';
  }
}

/** @returns the headers that authenticate a request. Only this function reveals a credential to a server. */
export function authorizationHeaders(credential: Credential): Record<string, string> {
  switch (credential.kind) {
    case 'oidc':
      return { authorization: `Bearer ${credential.accessToken.reveal()}` };
    case 'jwt':
      return { authorization: `Bearer ${credential.token.reveal()}` };
    case 'api-key':
      return credential.header === 'x-api-key'
        ? { 'x-api-key': credential.key.reveal() }
        : { authorization: `Bearer ${credential.key.reveal()}` };
    case 'session':
      return {
        cookie: Object.entries(credential.cookies)
          .map(([name, value]) => `${name}=${value.reveal()}`)
          .join('; '),
      };
  }
}

/** @returns whether two credentials send the same secret. */
export function isSameCredential(a: Credential, b: Credential): boolean {
  const [one, other] = [secretsOf(a), secretsOf(b)];
  return one.length === other.length && one.every((secret, i) => other[i]?.equals(secret) === true);
}

function secretsOf(credential: Credential): readonly Secret[] {
  switch (credential.kind) {
    case 'oidc':
      return [credential.accessToken];
    case 'jwt':
      return [credential.token];
    case 'api-key':
      return [credential.key];
    case 'session':
      return Object.keys(credential.cookies)
        .sort()
        .flatMap((name) => credential.cookies[name] ?? []);
  }
}
