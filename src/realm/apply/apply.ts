import type { RealmChange } from '../diff.ts';
import type { TypeName } from '../model/types.ts';
import { clients } from './clients.ts';
import { configs, executions, flows } from './flows.ts';
import { groups } from './groups.ts';
import { clientMappers, providerMappers, scopeMappers } from './mappers.ts';
import { scopeMappings, serviceAccounts } from './mappings.ts';
import { people } from './people.ts';
import { providers, requiredActions, userProfile } from './providers.ts';
import { realm } from './realm.ts';
import { roles } from './roles.ts';
import { clientScopes } from './scopes.ts';
import type { Session } from './session.ts';
import { PHASES, type Task, type Writer } from './task.ts';

const WRITERS: Readonly<Record<TypeName, Writer>> = {
  realm,
  role: roles,
  'client-role': roles,
  'client-scope': clientScopes,
  'client-scope-mapper': scopeMappers,
  client: clients,
  'client-mapper': clientMappers,
  'scope-mapping': scopeMappings,
  'service-account': serviceAccounts,
  group: groups,
  flow: flows,
  execution: executions,
  'authenticator-config': configs,
  'identity-provider': providers,
  'identity-provider-mapper': providerMappers,
  'required-action': requiredActions,
  'user-profile': userProfile,
  user: people,
};

/**
 * Makes the changes of a plan, one after the other, in an order in which each can be made. Objects keep their ids: they are
 * changed in place.
 *
 * @param onObject told before the writes of each object.
 */
export async function applyChanges(
  changes: readonly RealmChange[],
  session: Session,
  onObject: (type: TypeName, id: string) => void,
): Promise<void> {
  const tasks = objectsIn(changes).flatMap((object) =>
    tasksOf(object, session).map((task) => ({ ...task, object })),
  );
  for (const phase of PHASES)
    for (const { run, object } of tasks.filter((task) => task.phase === phase)) {
      onObject(object.type, object.id);
      await run();
    }
}

interface ChangedObject {
  readonly type: TypeName;
  readonly id: string;
  readonly action: 'create' | 'update' | 'delete';
  /** The fields that differ. */
  readonly names: readonly string[];
}

function objectsIn(changes: readonly RealmChange[]): readonly ChangedObject[] {
  const objects = new Map<string, ChangedObject>();
  for (const { type, id, action, path } of changes) {
    const name = path?.split('.')[0];
    const names = [...(objects.get(`${type} ${id}`)?.names ?? []), ...(name === undefined ? [] : [name])];
    const kind = action === 'rebind' ? 'update' : action;
    objects.set(`${type} ${id}`, { type, id, action: kind, names: [...new Set(names)] });
  }
  return [...objects.values()];
}

function tasksOf({ type, id, action, names }: ChangedObject, session: Session): readonly Task[] {
  const writer = WRITERS[type];
  const object = action === 'delete' ? session.server.get(type, id) : session.wanted.get(type, id);
  if (object === undefined) return [];
  if (action === 'create')
    return isBuiltByParent(object.type, object.parent, session) ? [] : writer.create(object, session);
  return action === 'update' ? writer.update(object, names, session) : writer.remove(object, session);
}

/** A step of a flow that does not exist yet is created with the step that runs the flow. */
function isBuiltByParent(type: TypeName, parent: string | undefined, { wanted, server }: Session): boolean {
  if (type !== 'execution' || parent === undefined || server.get('flow', parent) !== undefined) return false;
  return wanted.get('flow', parent)?.fields['topLevel'] === false;
}
