import type { KeycloakServer } from './keycloak-server.ts';
import { type Json, named } from './realm-cli.ts';

/** A realm as tables of short texts, read by the admin API and independent of ids and of the order of lists. */
export interface RealmRows {
  readonly settings: Json;
  readonly roles: readonly string[];
  readonly groups: readonly string[];
  readonly defaultGroups: readonly string[];
  readonly clients: Readonly<Record<string, Json>>;
  /** `scope: mapper, mapper`; a star marks a scope that tokens name. */
  readonly scopes: readonly string[];
  readonly defaultScopes: readonly string[];
  readonly provider: Json;
  readonly providerMappers: Readonly<Record<string, Json>>;
  /** By flow: `level requirement priority what runs (configuration)`. */
  readonly flows: Readonly<Record<string, readonly string[]>>;
  readonly configs: Readonly<Record<string, Json>>;
  readonly profile: Json;
}

const SETTINGS = [
  ...['enabled', 'displayName', 'displayNameHtml', 'loginTheme', 'accountTheme', 'adminTheme', 'emailTheme'],
  ...['sslRequired', 'registrationAllowed', 'registrationEmailAsUsername', 'loginWithEmailAllowed'],
  ...['duplicateEmailsAllowed', 'editUsernameAllowed', 'verifyEmail', 'resetPasswordAllowed', 'rememberMe'],
  ...['bruteForceProtected', 'ssoSessionIdleTimeout', 'ssoSessionMaxLifespan', 'accessTokenLifespan'],
  ...['browserFlow', 'resetCredentialsFlow', 'directGrantFlow', 'smtpServer', 'browserSecurityHeaders'],
  ...[
    'eventsEnabled',
    'eventsListeners',
    'enabledEventTypes',
    'adminEventsEnabled',
    'adminEventsDetailsEnabled',
  ],
];
const CLIENT = [
  ...['publicClient', 'standardFlowEnabled', 'implicitFlowEnabled', 'directAccessGrantsEnabled'],
  ...['serviceAccountsEnabled', 'redirectUris', 'webOrigins', 'secret', 'defaultClientScopes'],
];
const ATTRIBUTES = ['pkce.code.challenge.method', 'post.logout.redirect.uris'];

export async function realmRows(keycloak: KeycloakServer, realm: string): Promise<RealmRows> {
  const get = (path: string): Promise<unknown> => keycloak.call('GET', `/${realm}${path}`);
  const list = async (path: string): Promise<Json[]> => (await get(path)) as Json[];
  const names = async (path: string, member = 'name'): Promise<string[]> =>
    (await list(path)).map((one) => String(one[member])).sort();
  const provider = named(await get('/identity-provider/instances'), 'alias', 'azure-ad');
  const { internalId: _, types: _types, ...known } = provider;
  const flows = (await list('/authentication/flows')).filter(({ builtIn }) => builtIn === false);
  const steps = await Promise.all(
    flows.map(async ({ alias }) => [String(alias), await list(stepsOf(alias))] as const),
  );
  const configs = await Promise.all(
    steps
      .flatMap(([, rows]) => rows.flatMap(({ authenticationConfig }) => authenticationConfig ?? []))
      .map(async (id) => (await get(`/authentication/config/${id}`)) as Json),
  );
  const mappers = await list('/identity-provider/instances/azure-ad/mappers');
  const group = named(await get('/groups'), 'name', 'tenants');
  return {
    settings: picked((await get('')) as Json, SETTINGS),
    roles: (await names('/roles')).filter((role) => !BUILT_IN_ROLES.test(role)),
    groups: await names(`/groups/${group['id']}/children`, 'path'),
    defaultGroups: await names('/default-groups', 'path'),
    clients: Object.fromEntries(
      (await list('/clients'))
        .filter(({ clientId }) => !BUILT_IN.includes(String(clientId)))
        .map((client) => [client['clientId'], clientRow(client)]),
    ),
    scopes: (await list('/client-scopes')).map(scopeRow).sort(),
    defaultScopes: await names('/default-default-client-scopes'),
    provider: known,
    providerMappers: Object.fromEntries(
      mappers.map(({ name, identityProviderMapper: type, config }) => [name, { type, ...(config as Json) }]),
    ),
    flows: Object.fromEntries(steps.map(([alias, rows]) => [alias, rows.map(stepRow)])),
    configs: Object.fromEntries(configs.map(({ alias, config }) => [alias, config as Json])),
    profile: (await get('/users/profile')) as Json,
  };
}

/** @returns the realm roles, client roles and groups of an account, without the default role. */
export async function accountRow(keycloak: KeycloakServer, realm: string, username: string): Promise<Json> {
  const get = (path: string): Promise<unknown> => keycloak.call('GET', `/${realm}/users${path}`);
  const [account] = (await get(`?exact=true&username=${encodeURIComponent(username)}`)) as Json[];
  const { realmMappings = [], clientMappings = {} } = (await get(`/${account?.['id']}/role-mappings`)) as {
    realmMappings?: Json[];
    clientMappings?: Record<string, { mappings: Json[] }>;
  };
  const sorted = (roles: readonly Json[]): string[] => roles.map(({ name }) => String(name)).sort();
  return {
    ...picked(account ?? {}, ['email', 'firstName', 'lastName', 'emailVerified', 'enabled']),
    roles: sorted(realmMappings).filter((role) => !role.startsWith('default-roles-')),
    clientRoles: Object.fromEntries(
      Object.entries(clientMappings).map(([client, { mappings }]) => [client, sorted(mappings)]),
    ),
    groups: ((await get(`/${account?.['id']}/groups`)) as Json[]).map(({ path }) => path),
  };
}

const BUILT_IN = [
  ...['account', 'account-console', 'admin-cli', 'broker', 'realm-management', 'security-admin-console'],
];

const BUILT_IN_ROLES = /^(default-roles-.*|offline_access|uma_authorization)$/;

function picked(object: Json, members: readonly string[]): Json {
  const known = members.filter((member) => object[member] !== undefined);
  return Object.fromEntries(known.map((member) => [member, ordered(object[member])]));
}

/** Lists of the admin API are sets. */
function ordered(value: unknown): unknown {
  return Array.isArray(value) ? value.toSorted() : value;
}

function clientRow(client: Json): Json {
  const mappers = (client['protocolMappers'] ?? []) as Json[];
  return {
    ...picked(client, CLIENT),
    // An import gives every client an address after a logout, also one without sign-ins.
    ...(client['standardFlowEnabled'] === true ? picked(client['attributes'] as Json, ATTRIBUTES) : {}),
    mappers: Object.fromEntries(mappers.map(({ name, protocolMapper }) => [name, protocolMapper])),
  };
}

function scopeRow({ name, attributes, protocolMappers = [] }: Json): string {
  const { 'include.in.token.scope': isNamed, 'display.on.consent.screen': isShown } = attributes as Json;
  const mappers = (protocolMappers as Json[]).map((mapper) => String(mapper['name'])).sort();
  const marks = `${isNamed === 'true' ? '*' : ''}${isShown === 'true' ? '?' : ''}`;
  return `${name}${marks}: ${mappers.join(', ')}`;
}

function stepRow({ level, requirement, priority, providerId, displayName, alias }: Json): string {
  const runs = providerId ?? displayName;
  return `${level} ${requirement} ${priority} ${runs}${alias === undefined ? '' : ` (${alias})`}`;
}

const stepsOf = (alias: unknown): string =>
  `/authentication/flows/${encodeURIComponent(String(alias))}/executions`;
