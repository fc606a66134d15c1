import type { JWTPayload } from 'jose';
import type { CookieGateway } from './api/cookie-gateway.ts';
import type { Mode, PlatformSettings } from './api/mode.ts';
import type { EventLog } from './events.ts';
import type { Faults } from './faults.ts';
import type { Exchange } from './http.ts';
import type { ManagedStore } from './managed/store.ts';
import type { Tokens } from './tokens.ts';

export const API_PATH = '/code-assistant-api';

/** The sandbox's options, and the parts that its API uses. */
export interface ApiOptions {
  readonly origin: string;
  readonly issuer: string;
  readonly signIn: 'oidc' | 'hand-off' | 'local';
  readonly front: 'open' | 'guarded';
  readonly mode: Mode;
  readonly platform: PlatformSettings;
  /** ID of the user whom the sign-in pages approve automatically. */
  readonly autoApprove: string | undefined;
  readonly minClientVersion: string;
  /** Users and projects. */
  readonly managed: ManagedStore;
  /** Verifies tokens of another identity provider; undefined when the sandbox is its own. */
  readonly trusted: ((token: string) => Promise<JWTPayload>) | undefined;
  /** Addresses at the identity provider of this platform. */
  readonly provider: Readonly<Record<'authorization' | 'token' | 'signOut', string>>;
  readonly tokens: Tokens;
  readonly gateway: CookieGateway;
  readonly localLogin: (exchange: Exchange, options: ApiOptions) => Promise<void>;
  readonly events: EventLog;
  readonly faults: Faults;
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
}
