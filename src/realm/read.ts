import { setMaxListeners } from 'node:events';
import type { KeycloakAdmin } from '../keycloak/admin.ts';
import { unreachable } from '../net/unreachable.ts';
import type { JsonObject } from '../system/json.ts';
import { within } from '../system/within.ts';
import { type ClientScopes, clientScopesInFile, listClientScopes } from './read/client-scopes.ts';
import { type Clients, clientsInFile, listClients } from './read/clients.ts';
import { readComponents } from './read/components.ts';
import { readFlows } from './read/flows.ts';
import { readGroups } from './read/groups.ts';
import { readScopeMappings } from './read/mappings.ts';
import { countNotCovered, IN_REALM } from './read/not-covered.ts';
import { readProviders } from './read/providers.ts';
import { readRoles } from './read/roles.ts';
import { readServiceAccounts } from './read/service-accounts.ts';
import { asInFile, objectOf, textOf } from './read/shape.ts';
import { createSource, type Notes, type Source } from './read/source.ts';
import type { RealmReading } from './reading.ts';

export interface ReadOptions {
  /**
   * Clients whose scope mappings to read although they have no effect, because the client has `fullScopeAllowed`. Name those
   * for which the file lists any.
   */
  readonly scopeMappingsOf?: ReadonlySet<string>;
  /** How long the whole reading may take, ms. Default: two minutes. */
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 120_000;

/**
 * Reads everything of a realm that we cover, and counts the rest. Writes nothing. A part that the account may not see is
 * left out and named in `unseen`; the settings of the realm itself are always needed.
 *
 * @throws ACCESS_DENIED (6) without `view-realm`; the errors of `KeycloakAdmin`; UNREACHABLE (5) when it takes too long.
 */
export async function readRealm(admin: KeycloakAdmin, options: ReadOptions = {}): Promise<RealmReading> {
  const notes: Notes = { unseen: [], notCovered: [], ids: new Map() };
  const { timeoutMs = TIMEOUT_MS } = options;
  const stop = new AbortController();
  try {
    return await within(timeoutMs, admin.signal, async (late) => {
      const signal = AbortSignal.any([late, stop.signal]);
      // Every request that runs or waits listens to it; Node would warn at the eleventh.
      setMaxListeners(0, signal);
      const source = createSource(admin, signal, notes);
      const read = await readAll(source, options);
      // Answers arrive in any order.
      notes.notCovered.sort((one, other) => (one.type < other.type ? -1 : 1));
      notes.unseen.sort((one, other) => (one.what < other.what ? -1 : 1));
      return { ...read, ...notes };
    });
  } catch (error) {
    // Requests that still wait for their turn are not sent.
    stop.abort(error);
    if (error instanceof DOMException && error.name === 'TimeoutError')
      throw unreachable(admin.server, `did not send the whole realm within ${timeoutMs / 1000} s`);
    throw error;
  }
}

async function readAll(
  source: Source,
  { scopeMappingsOf = new Set() }: ReadOptions,
): Promise<Pick<RealmReading, 'representation' | 'userProfile'>> {
  const realm = await source.object('');
  // Without view-realm, Keycloak sends a few members instead of a refusal.
  if (realm['sslRequired'] === undefined) source.refuse('');
  source.id('realm', [textOf(realm, 'realm')], realm['id']);
  const [clients, scopes] = await Promise.all([
    source.seen('clients', OF_CLIENTS, () => listClients(source)),
    source.seen('client scopes', OF_SCOPES, () => listClientScopes(source)),
  ]);
  const [flows, userProfile, ...parts] = await Promise.all([
    source.seen('authentication flows', ['authenticationFlows', 'authenticatorConfig'], () =>
      readFlows(source),
    ),
    source.seen('the user profile', ['components'], () => source.object('/users/profile')),
    ...(clients === undefined ? [] : partsOf(source, clients, scopes, scopeMappingsOf)),
    source.seen('groups', ['groups'], () => readGroups(source)),
    source.seen('identity providers', ['identityProviders', 'identityProviderMappers'], () =>
      readProviders(source),
    ),
    source.seen('required actions', ['requiredActions'], () => readRequiredActions(source)),
    source.seen('components', ['components'], () => readComponents(source)),
    countNotCovered(source, realm, clients),
  ]);
  const representation: JsonObject = Object.assign(
    {
      // Absent if there are none, as in Keycloak's own export.
      defaultGroups: [],
      ...asInFile(realm, ...IN_REALM),
      ...(realm['defaultRole'] === undefined
        ? {}
        : { defaultRole: asInFile(objectOf(realm['defaultRole'])) }),
      ...(clients === undefined ? {} : { clients: clientsInFile(source, clients, flows?.aliases) }),
      ...(scopes === undefined ? {} : clientScopesInFile(source, scopes)),
      ...flows?.members,
    },
    ...parts,
  );
  return { representation, userProfile };
}

const OF_CLIENTS = ['clients', 'roles', 'users', 'scopeMappings', 'clientScopeMappings'];
const OF_SCOPES = [
  'clientScopes',
  'defaultDefaultClientScopes',
  'defaultOptionalClientScopes',
  'scopeMappings',
  'clientScopeMappings',
];

/** The parts that need the list of clients. */
function partsOf(
  source: Source,
  clients: Clients,
  scopes: ClientScopes | undefined,
  scopeMappingsOf: ReadonlySet<string>,
): readonly Promise<JsonObject | undefined>[] {
  return [
    source.seen('roles', ['roles'], () => readRoles(source, clients)),
    source.seen('service accounts', ['users'], () => readServiceAccounts(source, clients)),
    ...(scopes === undefined
      ? []
      : [
          source.seen('scope mappings', ['scopeMappings', 'clientScopeMappings'], () =>
            readScopeMappings(source, clients, scopes, scopeMappingsOf),
          ),
        ]),
  ];
}

async function readRequiredActions(source: Source): Promise<JsonObject> {
  return { requiredActions: await source.list('/authentication/required-actions') };
}
