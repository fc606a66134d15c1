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

/** `auto` is the browser, in whatever way the platform offers it. */
export type Method = 'auto' | (typeof METHODS)[number] | 'token' | 'api-key' | 'ci' | 'complete';

export interface SignInRequest extends IssuerOverrides {
  readonly url?: string | undefined;
  /** Where the API of that address begins, when that is settled already. */
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
  /** Whose sign-in this is to be, by e-mail. Without somebody to ask, a hand-off is taken for no other. */
  readonly as?: string | undefined;
}

export interface Target extends PlatformPlace {
  readonly profileName: string;
  /** Its `origin` and `apiBase` are those of the target. */
  readonly selection: EffectiveSettings;
  /** The profile as it stands in the settings; undefined when it is new. */
  readonly own: Profile | undefined;
  readonly store: SecretStore;
}

export interface SignInResult {
  readonly profileName: string;
  readonly origin: Origin;
  /** Where its API begins. */
  readonly apiBase: string;
  readonly credential: Credential;
  readonly store: StoreName;
  /** Who the platform says this is; absent when it did not answer. */
  readonly user?: PlatformUser;
  /** Whether commands use this profile without being told. */
  readonly isActive: boolean;
  /** Whether the platform took the credential; when it said nothing, a notice says why. */
  readonly verified: boolean;
  /** Whether there was a credential that this one takes the place of. */
  readonly replaced: boolean;
  readonly notices: readonly string[];
}

/** What the platform says to a credential that was just obtained. */
export interface PlatformAnswer {
  readonly user?: PlatformUser;
  /** The platform's no. */
  readonly refusal?: CodemieError;
  /** Why nothing was said of the credential, for or against it. */
  readonly silence?: CodemieError;
}

/** A credential that was just obtained, and what the profile should remember of how. */
export interface Obtained {
  readonly credential: Credential;
  readonly notices: readonly string[];
  /** The platform's word on it, where the way in asked for it. */
  readonly asked?: PlatformAnswer;
  readonly fields: Parameters<typeof saveProfile>[2];
}

/** A platform, and where its API begins. */
export interface PlatformPlace {
  readonly origin: Origin;
  readonly apiBase: string;
}

/** What a person said about the identity provider; each overrides what the platform says. */
export interface IssuerOverrides {
  readonly issuer?: string | undefined;
  readonly clientId?: string | undefined;
  /** What the platform says of itself, when it was asked already. */
  readonly facts?: PlatformFacts | undefined;
}
