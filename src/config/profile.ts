/** Where a profile's credential rests; the same shape as `credentials/credential.ts` gives it, read from a file. */
export interface StoredReference {
  readonly store: string;
  readonly id: string;
}

/** @returns whether two profiles point at one credential: the same account in another store is another one. */
export function isSameReference(a: StoredReference | undefined, b: StoredReference | undefined): boolean {
  return a !== undefined && b !== undefined && a.id === b.id && a.store === b.store;
}

export type AuthMethod = 'sso' | 'jwt' | 'api-key';

/**
 * A named set of settings; never a secret. Field names are those of the configuration file people already have
 * (version 2). Unknown fields are carried along when the file is rewritten.
 */
export interface Profile {
  readonly name: string;
  /** `ai-run-sso`, `bearer-auth`, or a model provider's name. */
  readonly provider?: string;
  /** Canonical origin, or what an older file says; canonicalised when read. */
  readonly codeMieUrl?: string;
  /** Where the platform says its API begins, when that is not `{origin}/code-assistant-api`. */
  readonly apiUrl?: string;
  readonly codeMieProject?: string;
  readonly baseUrl?: string;
  readonly model?: string;
  readonly haikuModel?: string;
  readonly sonnetModel?: string;
  readonly opusModel?: string;
  /** An `AuthMethod`, or whatever another program wrote there. */
  readonly authMethod?: string;
  /** Whose key, of several that the platform holds for them, a person's work is charged to. */
  readonly codeMieIntegration?: { readonly id?: string; readonly alias?: string };
  readonly jwtConfig?: { readonly tokenEnvVar?: string };
  readonly issuer?: string;
  readonly clientId?: string;
  readonly credential?: StoredReference;
}

export interface Config {
  readonly version: 2;
  readonly activeProfile?: string;
  /** Certificates to trust besides the default roots (PEM file, absolute path). */
  readonly caFile?: string;
  /** `off`: agents are started without session tracking. */
  readonly plugin?: string;
  /** `on`: what is tracked goes to the platform, too. */
  readonly metrics?: string;
  readonly profiles: Readonly<Record<string, Profile>>;
}

export const EMPTY_CONFIG: Config = { version: 2, profiles: {} };
export const DEFAULT_PROFILE = 'default';
