import type { Mode, PlatformSettings } from './api/mode.ts';
import { NO_ROWS, type Rows } from './managed/rows.ts';
import { seedRows } from './managed/seed.ts';
import type { ApiOptions } from './options.ts';
import type { TrustOptions } from './trusted-issuers.ts';

/** How the sandbox's platform is to be set up. */
export interface SetupOptions {
  readonly signIn?: ApiOptions['signIn'] | undefined;
  /** Where users are managed; sign-in with local accounts implies `platform`. */
  readonly access?: 'keycloak' | 'platform' | undefined;
  readonly platform?: Partial<PlatformSettings> | undefined;
  /** Identity providers that take the place of the sandbox's own; the platform then starts without users. */
  readonly trust?: Pick<TrustOptions, 'issuers' | 'leeway'> | undefined;
}

/** The same, with the defaults. */
export interface Setup {
  readonly signIn: ApiOptions['signIn'];
  readonly mode: Mode;
  readonly platform: PlatformSettings;
  readonly trust: SetupOptions['trust'];
  /** Who is there at first. */
  readonly people: Rows;
}

const DEFAULT_SETTINGS: PlatformSettings = { projectLimit: 3, adminRole: 'admin', adminUserId: '' };

export function setupOf(options: SetupOptions): Setup {
  const { signIn = 'oidc', access = signIn === 'local' ? 'platform' : 'keycloak' } = options;
  const mode: Mode = {
    idp: signIn === 'local' ? 'local' : 'keycloak',
    userManagement: access === 'platform',
  };
  const platform = { ...DEFAULT_SETTINGS, ...options.platform };
  // The server ignores trusted issuers while it checks passwords itself.
  const trust = mode.idp === 'local' ? undefined : options.trust;
  const seed = { authSource: mode.idp, projectLimit: platform.projectLimit };
  return { signIn, mode, platform, trust, people: trust === undefined ? seedRows(seed) : NO_ROWS };
}
