import type { KeycloakServer } from './keycloak-server.ts';

type Fields = Record<string, unknown>;

const SERVER_ONLY = ['id', 'internalId', 'containerId', 'parentId', 'organizationId', 'autheticatorFlow'];
const NOT_COVERED = ['keycloakVersion', 'localizationTexts', 'clientProfiles', 'clientPolicies'];
const USER_PROFILE = 'org.keycloak.userprofile.UserProfileProvider';

/** Keycloak's own export of a realm, reduced to what codemie covers, in the form of `comparable`. */
export async function exportedRealm({ call }: KeycloakServer, realm: string): Promise<unknown> {
  const path = `/${encodeURIComponent(realm)}/partial-export?exportClients=true&exportGroupsAndRoles=true`;
  const whole = (await call('POST', path)) as Fields;
  const flows = listOf(whole['authenticationFlows']);
  const aliases = new Map(flows.map((flow) => [flow['id'], flow['alias']]));
  const components = (whole['components'] ?? {}) as Fields;
  return comparable({
    defaultGroups: [],
    ...Object.fromEntries(Object.entries(whole).filter(([name]) => !NOT_COVERED.includes(name))),
    authenticationFlows: inUse(flows),
    clients: listOf(whole['clients']).map(({ authorizationSettings: _, ...client }) => ({
      ...client,
      authenticationFlowBindingOverrides: Object.fromEntries(
        Object.entries((client['authenticationFlowBindingOverrides'] ?? {}) as Fields).map(
          ([binding, id]) => [binding, aliases.get(id)],
        ),
      ),
    })),
    components: components[USER_PROFILE] === undefined ? {} : { [USER_PROFILE]: components[USER_PROFILE] },
    users: listOf(whole['users']).map((user) => ({
      username: user['username'],
      enabled: user['enabled'],
      serviceAccountClientId: user['serviceAccountClientId'],
      realmRoles: user['realmRoles'] ?? [],
      clientRoles: user['clientRoles'] ?? {},
    })),
  });
}

/** @returns the value without ids and secrets of clients, and with every list in one order. */
export function comparable(value: unknown): unknown {
  if (Array.isArray(value))
    return value.map(comparable).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value)
    .filter(([name]) => !SERVER_ONLY.includes(name))
    .map(([name, of]) => [name, name === 'secret' ? '**********' : comparable(of)] as const);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Old imports leave sub-flows behind that no flow leads to. */
function inUse(flows: readonly Fields[]): readonly Fields[] {
  const used = new Set(
    flows.flatMap((flow) => listOf(flow['authenticationExecutions']).map((step) => step['flowAlias'])),
  );
  return flows.filter((flow) => flow['topLevel'] === true || used.has(flow['alias']));
}

function listOf(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value : [];
}
