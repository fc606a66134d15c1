import type { EffectiveSettings, SettingsRequest } from '../config/selection.ts';
import type { Origin } from '../net/origin.ts';
import type { StoreName } from '../secrets/store.ts';
import type { Advice } from '../system/errors.ts';
import type { Credential } from './credential.ts';
import type { TokenFlag } from './find/resolver.ts';

export interface AccessRequest extends SettingsRequest {
  readonly token?: TokenFlag | undefined;
  /** Sends no requests, not even for the platform's time. */
  readonly offline?: boolean | undefined;
}

/**
 * The credential in use, where it came from, and how it stays fresh. Four functions create one:
 *
 * | Function             | Used for                                             | Renews                              |
 * |----------------------|------------------------------------------------------|-------------------------------------|
 * | `findAccess`         | a flag, a variable or the store: almost all commands | only a stored sign-in               |
 * | `openPipelineAccess` | an agent launched with `--ci`                        | by repeating the token exchange     |
 * | `longLivedAccess`    | a launch or a gateway: wraps one of the two          | like that one; after it has ended,  |
 * |                      |                                                      | uses a newer sign-in from the store |
 * | `fixedAccess`        | a sign-in that is not stored yet                     | never                               |
 *
 * The first two are built on `renewingAccess` (renew/renewing-access.ts).
 */
export interface Access {
  readonly selection: EffectiveSettings;
  readonly origin: Origin;
  /** The credential as found. It may have expired. */
  readonly credential: Credential;
  readonly source: 'flag' | 'env' | 'store';
  /** `--jwt-token`, the variable's name, or the store's. */
  readonly sourceName: string;
  readonly store: StoreName | undefined;
  /** Sources that also have a credential but did not take precedence. */
  readonly shadowed: readonly string[];
  /** How to stop using a variable, so that the next source counts. */
  readonly stopUsing?: Advice;
  readonly warnings: readonly string[];
  /** Those of the warnings that are about where the credential comes from. */
  readonly sourceWarnings: readonly string[];
  readonly refreshable: boolean;
  /**
   * Returns a credential that is valid for another `minTtlMs`, and renews it if needed. While the old one is valid, a temporary
   * failure of the renewal is not an error (S30).
   * @throws AUTH_EXPIRED, AUTH_REVOKED (4), UNREACHABLE (5).
   */
  fresh(minTtlMs?: number): Promise<Credential>;
  /** Renews once after the platform refused `refused`, or returns the credential that another process has renewed since. */
  renew(refused: Credential): Promise<Credential>;
  /** Stores a session that the platform's gateway renewed with the `Set-Cookie` lines of a response. */
  observe(setCookie: readonly string[]): Promise<void>;
}

/** The facts about an access, without its credential and methods. */
export type AccessFacts = Omit<Access, 'credential' | 'refreshable' | 'fresh' | 'renew' | 'observe'>;
