import { CLIENTS, SCOPES } from '../../model/built-in.ts';

/** What every new realm of Keycloak 26 has. A test compares with a real server. */
export const BUILT_IN = {
  scopes: SCOPES,
  clients: CLIENTS,
  roles: ['offline_access', 'uma_authorization'],
  flows: [
    'browser',
    'clients',
    'direct grant',
    'docker auth',
    'first broker login',
    'registration',
    'reset credentials',
    'saml ecp',
  ],
  subFlows: [
    'Account verification options',
    'Browser - Conditional 2FA',
    'Browser - Conditional Organization',
    'Direct Grant - Conditional OTP',
    'First Broker Login - Conditional Organization',
    'First broker login - Conditional 2FA',
    'Handle Existing Account',
    'Organization',
    'Reset - Conditional OTP',
    'User creation or linking',
    'Verify Existing Account by Re-authentication',
    'forms',
    'registration form',
  ],
  /** Of older versions. */
  retiredFlows: [
    'Authentication Options',
    'Browser - Conditional OTP',
    'First broker login - Conditional OTP',
    'http challenge',
  ],
} as const;

/** Roles of the clients that every realm has. */
export const CLIENT_ROLES: Readonly<Record<string, readonly string[]>> = {
  account: [
    'delete-account',
    'manage-account',
    'manage-account-links',
    'manage-consent',
    'view-applications',
    'view-consent',
    'view-groups',
    'view-profile',
  ],
  broker: ['read-token'],
  'realm-management': [
    'create-client',
    'impersonation',
    'manage-authorization',
    'manage-clients',
    'manage-events',
    'manage-identity-providers',
    'manage-realm',
    'manage-users',
    'query-clients',
    'query-groups',
    'query-realms',
    'query-users',
    'realm-admin',
    'view-authorization',
    'view-clients',
    'view-events',
    'view-identity-providers',
    'view-realm',
    'view-users',
  ],
};
