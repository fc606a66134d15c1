import type { Finding } from '../change/change.ts';
import type { RealmObject, Snapshot } from './model/snapshot.ts';
import type { TypeName } from './model/types.ts';
import { isObject, textOf, textsIn } from './model/values.ts';

/** What a condition in a flow looks for, by the member of its configuration. */
const LOOKS_FOR = { client_scope: 'client scope', condUserRole: 'role' } as const;

/**
 * Gates in the flows of a server that let everybody through: their condition names a scope or a role that the realm does
 * not have, or a client lacks the scope that marks it. Keycloak then skips the gate, and says so in its log alone.
 *
 * @param unseen types of which these credentials see nothing.
 */
export function openGates(
  wanted: Snapshot,
  server: Snapshot,
  unseen: ReadonlySet<TypeName>,
): readonly Finding[] {
  const exists = (type: TypeName, id: string): boolean =>
    unseen.has(type) || server.get(type, id) !== undefined;
  const known = {
    client_scope: (name: string) => exists('client-scope', name) || exists('client', name),
    condUserRole: (name: string) => exists('role', name) || isClientRole(name, server, unseen),
  };
  const gates = conditionsOf(server);
  const dangling = gates.flatMap(({ flow, config, fields }) =>
    (['client_scope', 'condUserRole'] as const).flatMap((member) => {
      const name = textOf(fields[member]);
      if (name === undefined || known[member](name)) return [];
      const what = `${LOOKS_FOR[member]} "${name}"`;
      return [
        gate(
          `authenticatorConfig[${config}].config.${member}`,
          `The gate in the flow "${flow}" lets everybody through: the realm has no ${what}.`,
          `Add the ${what} to the files, or name another one in this condition.`,
        ),
      ];
    }),
  );
  const markers = new Set(gates.flatMap(({ fields }) => textOf(fields['client_scope']) ?? []));
  return [...dangling, ...wanted.of('client').flatMap((client) => unmarked(client, server, markers))];
}

/** A client on the server without the scope that the files mark it with. */
function unmarked(
  { id, fields }: RealmObject,
  server: Snapshot,
  markers: ReadonlySet<string>,
): readonly Finding[] {
  const actual = server.get('client', id)?.fields['defaultClientScopes'];
  if (actual === undefined) return [];
  return textsIn(fields['defaultClientScopes'])
    .filter((scope) => markers.has(scope) && !textsIn(actual).includes(scope))
    .map((scope) =>
      gate(
        `clients[${id}].defaultClientScopes`,
        `A gate lets everybody through at the client "${id}": the client lacks the scope "${scope}".`,
        'An apply of these files gives the scope back.',
      ),
    );
}

function gate(path: string, message: string, advice: string): Finding {
  return { rule: 'gate-open', severity: 'warning', path, message, advice };
}

interface Condition {
  readonly flow: string;
  readonly config: string;
  readonly fields: RealmObject['fields'];
}

/** Configurations of the steps that run. */
function conditionsOf(server: Snapshot): readonly Condition[] {
  return server.of('execution').flatMap(({ parent: flow = '', fields }) => {
    const config = textOf(fields['authenticatorConfig']);
    if (config === undefined || fields['requirement'] === 'DISABLED') return [];
    const values = server.get('authenticator-config', config)?.fields['config'];
    return isObject(values) ? [{ flow, config, fields: values }] : [];
  });
}

/** Conditions name the role of a client as `client.role`, and either part may have dots. */
function isClientRole(name: string, server: Snapshot, unseen: ReadonlySet<TypeName>): boolean {
  if (unseen.has('client-role')) return true;
  return server
    .of('client-role')
    .some(({ id, parent = '' }) => `${parent}.${id.slice(parent.length + 1)}` === name);
}
