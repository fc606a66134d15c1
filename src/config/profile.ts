/** Where a profile's credential is stored; the same shape as in `credentials/credential.ts`, read from a file. */
export interface StoredReference {
  readonly store: string;
  readonly id: string;
}

/** @returns whether two profiles use the same credential. The same account in another store is a different credential. */
export function isSameReference(a: StoredReference | undefined, b: StoredReference | undefined): boolean {
  return a !== undefined && b !== undefined && a.id === b.id && a.store === b.store;
}

export type AuthMethod = 'sso' | 'jwt' | 'api-key';

/**
 * A named set of settings, without secrets. Field names are those of existing configuration files (version 2).
 * Unknown fields are kept when the file is rewritten.
 */
export interface Profile {
  readonly name: string;
  /** `ai-run-sso`, `bearer-auth`, or a model provider's name. */
  readonly provider?: string;
  /** Canonical origin, or the value from an older file; canonicalised on reading. */
  readonly codeMieUrl?: string;
  /** The API base that the platform reports, if it is not `{origin}/code-assistant-api`. */
  readonly apiUrl?: string;
  readonly codeMieProject?: string;
  readonly baseUrl?: string;
  readonly model?: string;
  readonly haikuModel?: string;
  readonly sonnetModel?: string;
  readonly opusModel?: string;
  /** An `AuthMethod`, or any word that another program wrote. */
  readonly authMethod?: string;
  /** Which of the keys that the platform holds is billed for the user's work. */
  readonly codeMieIntegration?: { readonly id?: string; readonly alias?: string };
  readonly jwtConfig?: { readonly tokenEnvVar?: string };
  readonly issuer?: string;
  readonly clientId?: string;
  readonly credential?: StoredReference;
  /** After a sign-out: the store for the next sign-in. */
  readonly store?: string;
}

export interface Config {
  readonly version: 2;
  readonly activeProfile?: string;
  /** Certificates to trust besides the default roots (PEM file, absolute path). */
  readonly caFile?: string;
  /** `off`: agents start without session tracking. */
  readonly plugin?: string;
  /** `on`: tracked counts are also sent to the platform. */
  readonly metrics?: string;
  readonly profiles: Readonly<Record<string, Profile>>;
}

export const EMPTY_CONFIG: Config = { version: 2, profiles: {} };
export const DEFAULT_PROFILE = 'default';
