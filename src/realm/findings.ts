import type { Blocker, Finding } from '../change/change.ts';
import type { RealmChange } from './diff.ts';
import { isInNewRealm, UMA_ROLE } from './model/built-in.ts';
import { CLIENT_SCOPES } from './model/fields.ts';
import { stepOf } from './model/flows.ts';
import { DEFAULT_ROLE } from './model/role-names.ts';
import type { RealmObject, Snapshot } from './model/snapshot.ts';
import { TYPES, type TypeName } from './model/types.ts';
import { isObject, type Json, objectsIn, textOf, textsIn } from './model/values.ts';

/**
 * What is wrong with files when a server is known: names that exist in neither. Keycloak would drop them without a word.
 *
 * @param unseen types of which these credentials see nothing: any name may exist.
 */
export function findingsOf(
  files: Snapshot,
  server: Snapshot,
  unseen: ReadonlySet<TypeName>,
): readonly Finding[] {
  const exists: Exists = (type, id) =>
    unseen.has(type) || files.get(type, id) !== undefined || server.get(type, id) !== undefined;
  return [
    ...unknownNames(files, exists),
    ...takenNames(files, server),
    ...files
      .of('identity-provider')
      .filter(({ type, id }) => server.get(type, id) === undefined)
      .flatMap(missingSecret),
  ];
}

/** The same for a realm that does not exist yet. */
export function findingsOfNew(files: Snapshot): readonly Finding[] {
  const exists: Exists = (type, id) => files.get(type, id) !== undefined || isInNewRealm(type, id);
  return [...unknownNames(files, exists), ...files.of('identity-provider').flatMap(missingSecret)];
}

function unknownNames(files: Snapshot, exists: Exists): readonly Finding[] {
  return [
    ...files.of('client').flatMap((client) => unknownScopes(client, exists)),
    ...[...files].flatMap((object) => unknownRoles(object, exists)),
  ];
}

/** @returns what to say of a client scope that does not exist. */
export function unknownScope(scope: string, list: string): Pick<Finding, 'message' | 'advice'> {
  return {
    message: `There is no client scope "${scope}". Keycloak would leave it out without an error.`,
    advice: `Add "${scope}" to clientScopes, or remove it from ${list}.`,
  };
}

/** @returns what to say of a role that does not exist. */
export function unknownRole(name: string, client?: string): Pick<Finding, 'message' | 'advice'> {
  const role = client === undefined ? `realm role "${name}"` : `role "${name}" of client "${client}"`;
  return { message: `There is no ${role}.`, advice: 'Add it to roles, or remove the reference.' };
}

type Exists = (type: TypeName, id: string) => boolean;

function unknownScopes({ id, fields }: RealmObject, exists: Exists): readonly Finding[] {
  return CLIENT_SCOPES.flatMap((list) =>
    textsIn(fields[list])
      .filter((scope) => !exists('client-scope', scope))
      .map((scope) => ({
        rule: 'scope-unknown',
        severity: 'error' as const,
        path: `clients[${id}].${list}`,
        ...unknownScope(scope, list),
      })),
  );
}

/** Fields with references to roles. */
const ROLE_FIELDS = ['composites', 'roles'];

function unknownRoles({ type, id, fields }: RealmObject, exists: Exists): readonly Finding[] {
  return ROLE_FIELDS.flatMap((field) =>
    objectsIn(fields[field]).flatMap((reference) => {
      const name = String(reference['role']);
      const client = textOf(reference['client']);
      const isKnown =
        client === undefined
          ? name === DEFAULT_ROLE || exists('role', name)
          : name === UMA_ROLE || exists('client-role', `${client}/${name}`);
      if (isKnown) return [];
      return [
        {
          rule: 'role-unknown',
          severity: 'error' as const,
          path: `${TYPES[type].title} ${id}`,
          ...unknownRole(name, client),
        },
      ];
    }),
  );
}

/** Keycloak would create the provider, and every sign-in through it would fail. */
function missingSecret({ id, fields }: RealmObject): readonly Finding[] {
  const { config } = fields;
  if (!isObject(config) || textOf(config['clientId']) === undefined) return [];
  if (textOf(config['clientSecret']) !== undefined || config['clientAuthMethod'] === 'private_key_jwt')
    return [];
  return [
    {
      rule: 'secret-missing',
      severity: 'warning',
      path: `identityProviders[${id}].config.clientSecret`,
      message: 'The provider is created without a secret, because the files have none.',
      advice: 'Add it to the files, by the name of an environment variable.',
    },
  ];
}

/** A flow below another cannot move, and its name is unique in the realm: those of built-in flows, such as "forms", are taken. */
function takenNames(files: Snapshot, server: Snapshot): readonly Finding[] {
  const holders = new Map(server.of('execution').map((step) => [stepOf(step).runs, step.parent]));
  return files.of('execution').flatMap((step) => {
    const { runs } = stepOf(step);
    const holder = holders.get(runs);
    const isBelow = server.get('flow', runs)?.fields['topLevel'] === false;
    if (!isBelow || holder === undefined || server.get('execution', step.id) !== undefined) return [];
    return [
      {
        rule: 'flow-name-taken',
        severity: 'error',
        path: `authenticationFlows[${runs}]`,
        message: `The flow "${step.parent}" cannot have a flow "${runs}" below it: it belongs to the flow "${holder}".`,
        advice: 'Give the flow another name.',
      },
    ];
  });
}

const REALM_FLOWS = [
  'browserFlow',
  'registrationFlow',
  'directGrantFlow',
  'resetCredentialsFlow',
  'clientAuthenticationFlow',
  'dockerAuthenticationFlow',
  'firstBrokerLoginFlow',
];
const PROVIDER_FLOWS = ['firstBrokerLoginFlowAlias', 'postBrokerLoginFlowAlias'];

/**
 * What still uses a flow that is to be deleted, once the changes are made. Keycloak would answer 500 and give the reason
 * in its log alone.
 */
export function blockersOf(changes: readonly RealmChange[], server: Snapshot): readonly Blocker[] {
  const of = (type: TypeName, id: string): readonly RealmChange[] =>
    changes.filter((change) => change.type === type && change.id === id);
  return changes
    .filter(({ action, type }) => action === 'delete' && type === 'flow')
    .flatMap(({ id: flow }) => {
      const usedBy = [...server].flatMap((object) => usersOf(flow, object, of(object.type, object.id)));
      return usedBy.length === 0 ? [] : [{ object: `authentication flow ${flow}`, usedBy }];
    });
}

function usersOf(
  flow: string,
  { type, id, fields }: RealmObject,
  changes: readonly RealmChange[],
): readonly string[] {
  if (changes.some(({ action }) => action === 'delete')) return [];
  const uses = (path: string, now: Json | undefined): boolean => {
    const change = changes.find((one) => one.path === path);
    return (change === undefined ? now : change.after) === flow;
  };
  if (type === 'realm')
    return REALM_FLOWS.filter((field) => uses(field, fields[field])).map((field) => `realm setting ${field}`);
  if (type === 'identity-provider')
    return PROVIDER_FLOWS.filter((field) => uses(field, fields[field])).map(() => `identity provider ${id}`);
  const overrides = type === 'client' ? fields[OVERRIDES] : undefined;
  if (!isObject(overrides)) return [];
  return Object.entries(overrides).some(([name, now]) => uses(`${OVERRIDES}.${name}`, now))
    ? [`client ${id}`]
    : [];
}

const OVERRIDES = 'authenticationFlowBindingOverrides';
