import { damaged, newer } from '../../secrets/errors.ts';
import { CodemieError } from '../../system/errors.ts';
import { Secret } from '../../system/secret.ts';
import type { Credential } from '../credential.ts';
import type { Identity } from '../identity.ts';

const VERSION = 1;

/** @returns the text to store. Apart from requests, only this text contains a credential's secrets in clear. */
export function serialize(credential: Credential): string {
  // Secret fields mask themselves in JSON, so a separate object holds their values.
  return JSON.stringify({ version: VERSION, ...credential, secrets: secretsOf(credential) });
}

function secretsOf(credential: Credential): Record<string, string> {
  switch (credential.kind) {
    case 'oidc':
      return {
        accessToken: credential.accessToken.reveal(),
        ...(credential.refreshToken && { refreshToken: credential.refreshToken.reveal() }),
        ...(credential.idToken && { idToken: credential.idToken.reveal() }),
      };
    case 'jwt':
      return { token: credential.token.reveal() };
    case 'api-key':
      return { key: credential.key.reveal() };
    case 'session':
      return Object.fromEntries(
        Object.entries(credential.cookies).map(([name, value]) => [name, value.reveal()]),
      );
  }
}

/**
 * Parses a text that `serialize` created.
 *
 * @throws STORE_DAMAGED (exit 8). The stored entry is not changed (S26).
 */
export function deserialize(text: string, where: string): Credential {
  try {
    return read(JSON.parse(text), where);
  } catch (error) {
    if (error instanceof CodemieError) throw error;
    throw damaged(where);
  }
}

function read(value: unknown, where: string): Credential {
  const fields = record(value);
  const { version } = fields;
  if (typeof version === 'number' && version > VERSION) throw newer(where);
  if (version !== VERSION) throw new TypeError('version');
  const secrets = record(fields['secrets']);
  const bound = {
    origin: text(fields['origin']),
    identity: identity(fields['identity']),
    obtainedAt: number(fields['obtainedAt']),
  };
  const expires = fields['expiresAt'] === undefined ? {} : { expiresAt: number(fields['expiresAt']) };
  switch (fields['kind']) {
    case 'oidc':
      return {
        kind: 'oidc',
        ...bound,
        issuer: text(fields['issuer']),
        clientId: text(fields['clientId']),
        tokenEndpoint: text(fields['tokenEndpoint']),
        ...optional('revocationEndpoint', fields['revocationEndpoint']),
        ...optional('endSessionEndpoint', fields['endSessionEndpoint']),
        accessToken: secret(secrets['accessToken']),
        ...(secrets['refreshToken'] === undefined ? {} : { refreshToken: secret(secrets['refreshToken']) }),
        ...(secrets['idToken'] === undefined ? {} : { idToken: secret(secrets['idToken']) }),
        expiresAt: number(fields['expiresAt']),
      };
    case 'jwt':
      return { kind: 'jwt', ...bound, token: secret(secrets['token']), ...expires };
    case 'api-key':
      return {
        kind: 'api-key',
        ...bound,
        key: secret(secrets['key']),
        header: fields['header'] === 'x-api-key' ? 'x-api-key' : 'authorization',
        ...expires,
      };
    case 'session':
      return {
        kind: 'session',
        ...bound,
        cookies: Object.fromEntries(Object.entries(secrets).map(([name, cookie]) => [name, secret(cookie)])),
        ...expires,
        ...optional('apiBase', fields['apiBase']),
      };
    default:
      throw new TypeError('kind');
  }
}

function record(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new TypeError('object');
  return value as Record<string, unknown>;
}

function text(value: unknown): string {
  if (typeof value !== 'string' || value === '') throw new TypeError('text');
  return value;
}

function number(value: unknown): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new TypeError('number');
  return value;
}

function secret(value: unknown): Secret {
  return new Secret(text(value));
}

function optional<Name extends string>(name: Name, value: unknown): { [Key in Name]?: string } {
  return (value === undefined ? {} : { [name]: text(value) }) as { [Key in Name]?: string };
}

function identity(value: unknown): Identity {
  const fields = record(value);
  return {
    ...optional('id', fields['id']),
    ...optional('name', fields['name']),
    ...optional('email', fields['email']),
  };
}
