import type { TypeName } from './types.ts';

/** What a change of a field can let in, first match wins. The path is that of a change, `attributes.name`; empty for a whole object. */
const RISKS: readonly (readonly [type: TypeName, path: RegExp, risk: string])[] = [
  ['realm', /^sslRequired$/, 'decides whether sign-ins may use plain HTTP'],
  [
    'realm',
    /^(registrationAllowed|verifyEmail|duplicateEmailsAllowed|loginWithEmailAllowed)$/,
    'decides who can get an account',
  ],
  [
    'realm',
    /^(bruteForceProtected|permanentLockout|failureFactor|passwordPolicy|otpPolicy.*)$/,
    'protects passwords against guessing',
  ],
  ['realm', /(Lifespan|Timeout|RefreshToken|MaxReuse)/, 'decides how long a stolen token is good for'],
  ['realm', /Flow$/, 'decides what a sign-in asks for'],
  ['realm', /^browserSecurityHeaders/, 'protects the sign-in page against other sites'],
  ['realm', /^(defaultGroups|defaultDefaultClientScopes)$/, 'is given to every new user or client'],
  [
    'realm',
    /^(eventsEnabled|adminEventsEnabled|enabledEventTypes|eventsListeners)$/,
    'is the record of who signed in',
  ],
  ['role', /^composites$/, 'gives everybody with this role other roles'],
  ['client-role', /^composites$/, 'gives everybody with this role other roles'],
  ['group', /^roles$/, 'gives every member these roles'],
  ['client', /^$/, 'can get tokens for your users'],
  ['client', /^(redirectUris|rootUrl|baseUrl|adminUrl)$/, 'decides where sign-ins are sent'],
  ['client', /^webOrigins$/, 'decides which sites may use tokens of this client'],
  [
    'client',
    /^publicClient$/,
    'decides who can act as this client; its secret is lost when the client becomes public',
  ],
  ['client', /^(secret|clientAuthenticatorType|enabled|bearerOnly)$/, 'decides who can act as this client'],
  [
    'client',
    /^serviceAccountsEnabled$/,
    'opens or closes a way to get tokens; switched off, Keycloak deletes the account with all its roles',
  ],
  [
    'client',
    /^(implicitFlowEnabled|directAccessGrantsEnabled|standardFlowEnabled)$/,
    'opens or closes a way to get tokens',
  ],
  [
    'client',
    /^(fullScopeAllowed|defaultClientScopes|optionalClientScopes|consentRequired)$/,
    'decides what tokens of this client contain',
  ],
  ['client', /^authenticationFlowBindingOverrides/, 'decides what a sign-in at this client asks for'],
  [
    'client',
    /^attributes\.(pkce|oauth2|post\.logout|backchannel|access\.token|client\.session|standard\.token|saml|jwt|tls|x509|use\.)/,
    'changes how this client gets tokens',
  ],
  ['client-mapper', /.*/, 'changes what tokens of this client contain'],
  ['client-scope-mapper', /.*/, 'changes what tokens contain'],
  ['scope-mapping', /.*/, 'decides which roles tokens contain'],
  ['service-account', /.*/, 'decides what this client may do'],
  ['flow', /.*/, 'decides what a sign-in asks for'],
  ['execution', /.*/, 'decides what a sign-in asks for'],
  ['authenticator-config', /./, 'decides what a sign-in asks for'],
  ['identity-provider', /^(displayName|hideOnLogin|config\.(guiOrder|icon))$/, ''],
  ['identity-provider', /.*/, 'decides who can sign in, and as whom'],
  ['identity-provider-mapper', /.*/, 'decides which roles and data people bring along'],
  ['required-action', /^(enabled|defaultAction)$/, 'decides what people must do at sign-in'],
  ['user-profile', /^attributes|^unmanaged/, 'decides who may see and edit data of a person'],
  ['user', /.*/, 'is an account that can sign in'],
];

/**
 * @param path empty for a whole object that comes or goes.
 * @returns what a change can let in; undefined for one without such an effect.
 */
export function riskOf(type: TypeName, path = ''): string | undefined {
  return RISKS.find(([of, pattern]) => of === type && pattern.test(path))?.[2] || undefined;
}

/** Fields whose values are never shown. */
const SECRET_FIELD =
  /(^|[._-])(.*secret|.*password|bindCredential|private\.?key|secret\.rotated|secret\.key|api\.?key|(?<!config\.)credentials|secretData|registrationAccessToken)$/i;
const NO_SECRET = /^(resetPasswordAllowed|.*\.secret\.creation\.time|.*PasswordPolicy)$/i;

export function isSecretField(path: string): boolean {
  return SECRET_FIELD.test(path) && !NO_SECRET.test(path);
}
