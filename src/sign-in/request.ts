import type { Profile } from '../config/profile.ts';
import type { EffectiveSettings } from '../config/selection.ts';
import type { saveProfile } from '../config/write.ts';
import type { Credential } from '../credentials/credential.ts';
import type { SecretStore } from '../credentials/keep/store.ts';
import type { Origin } from '../net/origin.ts';
import type { PlatformFacts } from '../platform-api/discover/platform.ts';
import type { PlatformUser } from '../platform-api/shapes.ts';
import type { StoreName } from '../secrets/store.ts';
import type { CodemieError } from '../system/errors.ts';
import type { Secret } from '../system/secret.ts';
import type { METHODS } from './methods.ts';

/** `auto`: the best interactive method that the platform offers. */
export type Method = 'auto' | (typeof METHODS)[number] | 'token' | 'api-key' | 'ci' | 'complete';

export interface SignInRequest extends IssuerOverrides {
  readonly url?: string | undefined;
  /** The API base URL of that address, if already known. */
  readonly apiBase?: string | undefined;
  readonly profile?: string | undefined;
  readonly store?: StoreName | undefined;
  readonly method: Method;
  readonly openBrowser: boolean;
  readonly timeoutMs: number;
  readonly callbackPort?: number | undefined;
  /** For `token` and `api-key`. */
  readonly secret?: Secret | undefined;
  /** For `api-key`. */
  readonly provider?: string | undefined;
  /** For `ci`. */
  readonly audience?: string | undefined;
  readonly grant?: string | undefined;
  readonly trustProject?: boolean | undefined;
  /** E-mail of the person who must sign in. A hand-off without a terminal requires it. */
  readonly as?: string | undefined;
}

export interface Target extends PlatformPlace {
  readonly profileName: string;
  /** Its `origin` and `apiBase` are the same as the target's. */
  readonly selection: EffectiveSettings;
  /** The profile in the settings; undefined if it is new. */
  readonly own: Profile | undefined;
  readonly store: SecretStore;
}

export interface SignInResult {
  readonly profileName: string;
  readonly origin: Origin;
  /** Its API base URL. */
  readonly apiBase: string;
  readonly credential: Credential;
  readonly store: StoreName;
  /** The person according to the platform; absent if it did not answer. */
  readonly user?: PlatformUser;
  /** Whether commands use this profile by default. */
  readonly isActive: boolean;
  /** Whether the platform accepted the credential. If it did not answer, a notice says why. */
  readonly verified: boolean;
  /** Whether this credential replaced an earlier one. */
  readonly replaced: boolean;
  readonly notices: readonly string[];
}

/** The platform's answer about a credential that was just obtained. */
export interface PlatformAnswer {
  readonly user?: PlatformUser;
  /** The error, if the platform refused the credential. */
  readonly refusal?: CodemieError;
  /** The error, if the platform neither accepted nor refused the credential. */
  readonly silence?: CodemieError;
}

/** A credential that was just obtained, and the profile fields to save with it. */
export interface Obtained {
  readonly credential: Credential;
  readonly notices: readonly string[];
  /** The platform's answer about it, if the sign-in method already asked. */
  readonly asked?: PlatformAnswer;
  readonly fields: Parameters<typeof saveProfile>[2];
}

/** A platform and its API base URL. */
export interface PlatformPlace {
  readonly origin: Origin;
  readonly apiBase: string;
}

/** Your options for the identity provider. Each overrides what the platform reports. */
export interface IssuerOverrides {
  readonly issuer?: string | undefined;
  readonly clientId?: string | undefined;
  /** The platform's own facts, if they were fetched already. */
  readonly facts?: PlatformFacts | undefined;
}
