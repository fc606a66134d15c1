import type { Config } from '../config/profile.ts';
import type { Context } from '../context.ts';
import type { Origin } from '../net/origin.ts';
import type { Platform } from '../platform-api/client.ts';
import type { PlatformFacts } from '../platform-api/discover/platform.ts';
import type { Model, PlatformUser } from '../platform-api/shapes.ts';
import type { StoreName } from '../secrets/store.ts';

/** What was said on the command line; each answers one question. */
export interface SetupFlags {
  readonly url?: string | undefined;
  readonly method?: 'sso' | 'bearer' | 'api-key' | undefined;
  /** With `api-key`: whose key it is. */
  readonly provider?: string | undefined;
  readonly profile?: string | undefined;
  readonly project?: string | undefined;
  readonly model?: string | undefined;
  readonly tokenEnv?: string | undefined;
  readonly store?: StoreName | undefined;
  readonly device: boolean;
  readonly noBrowser: boolean;
  readonly timeoutMs: number;
  /** Whose sign-in this is to be. */
  readonly as?: string | undefined;
}

/** What is known so far; every step adds to it. */
export interface Answers {
  readonly flags: SetupFlags;
  readonly config: Config;
  /** Another one than commands would use, when that is for another platform. */
  profileName: string;
  origin?: Origin;
  /** Where the platform's API begins. */
  apiBase?: string;
  facts?: PlatformFacts;
  method?: 'sso' | 'bearer' | 'api-key';
  tokenEnv?: string;
  platform?: Platform;
  user?: PlatformUser;
  models?: readonly Model[];
  project?: string | undefined;
  /** Null when the person wants none to be kept. */
  model?: string | null | undefined;
  /** Of a sign-in: where the credential is kept. */
  store?: StoreName;
}

/** One step of the wizard. A new one is one file and one entry in `steps.ts`. */
export interface Step {
  readonly id: string;
  /** Whether it has anything to do, given what is known. */
  readonly applies?: (answers: Answers) => boolean;
  run(context: Context, answers: Answers): Promise<void>;
}
