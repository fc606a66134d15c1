/** One kind of object in a realm, as plans and scripts name it. */
export type TypeName =
  | 'realm'
  | 'role'
  | 'client-role'
  | 'client-scope'
  | 'client-scope-mapper'
  | 'client'
  | 'client-mapper'
  | 'scope-mapping'
  | 'service-account'
  | 'group'
  | 'flow'
  | 'execution'
  | 'authenticator-config'
  | 'identity-provider'
  | 'identity-provider-mapper'
  | 'required-action'
  | 'user-profile'
  | 'user';

/** Types that share a lifecycle, under the name that Keycloak's realm files have for them. */
export type Family =
  | 'realm'
  | 'roles'
  | 'clientScopes'
  | 'clients'
  | 'groups'
  | 'authenticationFlows'
  | 'identityProviders'
  | 'requiredActions'
  | 'userProfile'
  | 'users';

interface TypeSpec {
  readonly family: Family;
  /** For people. */
  readonly title: string;
  /** The type whose object holds this one; it comes and goes with it. */
  readonly parent?: TypeName;
}

/** In the order in which they can be created. */
export const TYPES: Readonly<Record<TypeName, TypeSpec>> = {
  realm: { family: 'realm', title: 'realm' },
  role: { family: 'roles', title: 'realm role' },
  'client-scope': { family: 'clientScopes', title: 'client scope' },
  'client-scope-mapper': { family: 'clientScopes', title: 'mapper of client scope', parent: 'client-scope' },
  client: { family: 'clients', title: 'client' },
  'client-mapper': { family: 'clients', title: 'mapper of client', parent: 'client' },
  'client-role': { family: 'roles', title: 'client role', parent: 'client' },
  'scope-mapping': { family: 'clients', title: 'role scope mappings of' },
  'service-account': { family: 'clients', title: 'service account of client', parent: 'client' },
  group: { family: 'groups', title: 'group' },
  flow: { family: 'authenticationFlows', title: 'authentication flow' },
  execution: { family: 'authenticationFlows', title: 'step of authentication flow', parent: 'flow' },
  'authenticator-config': {
    family: 'authenticationFlows',
    title: 'authenticator config',
    parent: 'execution',
  },
  'identity-provider': { family: 'identityProviders', title: 'identity provider' },
  'identity-provider-mapper': {
    family: 'identityProviders',
    title: 'mapper of identity provider',
    parent: 'identity-provider',
  },
  'required-action': { family: 'requiredActions', title: 'required action' },
  'user-profile': { family: 'userProfile', title: 'user profile' },
  user: { family: 'users', title: 'user' },
};

/**
 * Fields that name the flow of a sign-in. They belong to the flows, not to the object that has them: a gate that nobody
 * runs is open.
 */
const FLOW_BINDINGS: Partial<Record<TypeName, RegExp>> = {
  realm: /Flow$/,
  client: /^authenticationFlowBindingOverrides(\.|$)/,
};

/**
 * @param path of a field; empty for the whole object.
 * @returns whose lifecycle holds for it.
 */
export function familyOf(type: TypeName, path = ''): Family {
  return FLOW_BINDINGS[type]?.test(path) === true ? 'authenticationFlows' : TYPES[type].family;
}

export const TYPE_NAMES = Object.keys(TYPES) as readonly TypeName[];

export const FAMILIES: readonly Family[] = [...new Set(Object.values(TYPES).map(({ family }) => family))];
