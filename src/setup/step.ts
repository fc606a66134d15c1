import type { Config } from '../config/profile.ts';
import type { Context } from '../context.ts';
import type { Origin } from '../net/origin.ts';
import type { Platform } from '../platform-api/client.ts';
import type { PlatformFacts } from '../platform-api/discover/platform.ts';
import type { Model, PlatformUser } from '../platform-api/shapes.ts';
import type { StoreName } from '../secrets/store.ts';

/** The command-line flags; each answers one question. */
export interface SetupFlags {
  readonly url?: string | undefined;
  readonly method?: 'sso' | 'bearer' | 'api-key' | undefined;
  /** With `api-key`: the provider of the key. */
  readonly provider?: string | undefined;
  readonly profile?: string | undefined;
  readonly project?: string | undefined;
  readonly model?: string | undefined;
  readonly tokenEnv?: string | undefined;
  readonly store?: StoreName | undefined;
  readonly device: boolean;
  readonly noBrowser: boolean;
  readonly timeoutMs: number;
  /** Who is supposed to sign in. */
  readonly as?: string | undefined;
}

/** The answers so far; every step adds to them. */
export interface Answers {
  readonly flags: SetupFlags;
  readonly config: Config;
  /** May differ from the profile that commands use, when that one is for another platform. */
  profileName: string;
  origin?: Origin;
  /** Base URL of the platform's API. */
  apiBase?: string;
  facts?: PlatformFacts;
  method?: 'sso' | 'bearer' | 'api-key';
  tokenEnv?: string;
  platform?: Platform;
  user?: PlatformUser;
  models?: readonly Model[];
  project?: string | undefined;
  /** Null when the user wants to save no model. */
  model?: string | null | undefined;
  /** After a sign-in: where the credential is stored. */
  store?: StoreName;
}

/** One step of the wizard. To add one, write a file and add it to `steps.ts`. */
export interface Step {
  readonly id: string;
  /** Whether the step applies, given the answers so far. */
  readonly applies?: (answers: Answers) => boolean;
  run(context: Context, answers: Answers): Promise<void>;
}
