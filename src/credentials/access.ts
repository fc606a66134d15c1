import type { EffectiveSettings, SettingsRequest } from '../config/selection.ts';
import type { Origin } from '../net/origin.ts';
import type { StoreName } from '../secrets/store.ts';
import type { Credential } from './credential.ts';
import type { TokenFlag } from './find/resolver.ts';

export interface AccessRequest extends SettingsRequest {
  readonly token?: TokenFlag | undefined;
  /** No request at all, not even for the platform's time. */
  readonly offline?: boolean | undefined;
}

/** The credential in use: where it came from, and how it stays fresh. */
export interface Access {
  readonly selection: EffectiveSettings;
  readonly origin: Origin;
  /** As it was found; maybe expired. */
  readonly credential: Credential;
  readonly source: 'flag' | 'env' | 'store';
  /** `--jwt-token`, the variable's name, or the store's. */
  readonly sourceName: string;
  readonly store: StoreName | undefined;
  readonly shadowed: readonly string[];
  readonly warnings: readonly string[];
  readonly refreshable: boolean;
  /**
   * A credential that lives `minTtlMs` longer, renewed when needed. While the old one is still good, a renewal that
   * fails for a passing reason is not an error (S30).
   * @throws AUTH_EXPIRED, AUTH_REVOKED (4), UNREACHABLE (5).
   */
  fresh(minTtlMs?: number): Promise<Credential>;
  /** Renews once after the platform refused `refused`, or returns what another process has renewed since. */
  renew(refused: Credential): Promise<Credential>;
  /** Takes note of `Set-Cookie` lines of the platform's gateway, which renews its sessions that way. */
  observe(setCookie: readonly string[]): Promise<void>;
}

/** An access without what keeps it fresh. */
export type AccessFacts = Omit<Access, 'credential' | 'refreshable' | 'fresh' | 'renew' | 'observe'>;
