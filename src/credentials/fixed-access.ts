import type { EffectiveSettings } from '../config/selection.ts';
import type { Origin } from '../net/origin.ts';
import type { Access } from './access.ts';
import type { Credential } from './credential.ts';
import { notRenewable } from './errors.ts';

export const NO_SETTINGS: EffectiveSettings = {
  profile: undefined,
  profileName: '',
  isDefault: true,
  isOwnAddress: true,
  origin: undefined,
  apiBase: undefined,
  keyProvider: undefined,
  unsupported: undefined,
  authMethod: undefined,
  model: undefined,
  project: undefined,
  integration: undefined,
  env: {},
  notices: [],
  address: undefined,
  layers: [],
};

/** An access for a credential that was just obtained and is not stored yet. It cannot be renewed. */
export function fixedAccess(
  origin: Origin,
  credential: Credential,
  settings: Partial<EffectiveSettings> = {},
): Access {
  return {
    selection: { ...NO_SETTINGS, ...settings, origin },
    origin,
    credential,
    source: 'flag',
    sourceName: 'sign-in',
    store: undefined,
    shadowed: [],
    warnings: [],
    sourceWarnings: [],
    refreshable: false,
    fresh: async () => credential,
    renew: async () => {
      throw notRenewable(credential.kind);
    },
    observe: async () => undefined,
  };
}
