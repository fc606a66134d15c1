import { without } from '../../system/json.ts';
import type { RealmObject } from '../model/snapshot.ts';
import { canonical, type JsonObject, objectsIn, textOf } from '../model/values.ts';
import { clientPath, rolePath, roleReference } from './paths.ts';
import { change, objectAt, type Session } from './session.ts';
import { created, deletion, plain, type Task, task, taskFor, type Writer } from './task.ts';

const OWN = ['composites'];

/** Roles of the realm and of clients. */
export const roles: Writer = {
  create: (object, session) => [
    ...task('objects', () => createRole(object, session)),
    ...composites(object, Object.keys(object.fields), session),
  ],
  update: (object, names, session) => [
    ...taskFor(plain(names, OWN), 'objects', async (fields) =>
      change(session, await pathOf(object, session), object.fields, fields),
    ),
    ...composites(object, names, session),
  ],
  remove: (object, session) => deletion(session, () => pathOf(object, session)),
};

function nameOf({ id, parent }: RealmObject): string {
  return parent === undefined ? id : id.slice(parent.length + 1);
}

function pathOf(object: RealmObject, session: Session): Promise<string> {
  return rolePath(session, nameOf(object), object.parent);
}

async function createRole(object: RealmObject, session: Session): Promise<void> {
  const { admin } = session;
  const list = object.parent === undefined ? '/roles' : `${await clientPath(session, object.parent)}/roles`;
  const body = { ...without(object.fields, OWN), name: nameOf(object) };
  const path = await pathOf(object, session);
  await created(admin, list, body, async () => textOf((await objectAt(admin, path))['id']));
}

function composites(object: RealmObject, names: readonly string[], session: Session): readonly Task[] {
  return taskFor(
    names.filter((name) => OWN.includes(name)),
    'references',
    async () => {
      const path = `${await pathOf(object, session)}/composites`;
      const { added, removed } = roleChanges(object, session, 'composites');
      await sendRoles(session, 'POST', path, added);
      await sendRoles(session, 'DELETE', path, removed);
    },
  );
}

interface RoleChanges {
  readonly added: readonly JsonObject[];
  readonly removed: readonly JsonObject[];
}

/** @returns the references to roles that an object lacks, and those it has too many. */
function roleChanges(object: RealmObject, session: Session, field: 'composites' | 'roles'): RoleChanges {
  const wanted = objectsIn(object.fields[field]);
  const actual = objectsIn(session.actual(object)[field]);
  const missingIn = (list: readonly JsonObject[]) => {
    const known = new Set(list.map(canonical));
    return (reference: JsonObject) => !known.has(canonical(reference));
  };
  return { added: wanted.filter(missingIn(actual)), removed: actual.filter(missingIn(wanted)) };
}

async function sendRoles(
  session: Session,
  method: 'POST' | 'DELETE',
  path: string,
  references: readonly JsonObject[],
): Promise<void> {
  if (references.length === 0) return;
  const body = await Promise.all(references.map((reference) => roleReference(session, reference)));
  await session.admin.send(method, path, body);
}

/** Writes role mappings, whose paths tell roles of the realm from those of each client. */
export async function syncMappings(base: string, object: RealmObject, session: Session): Promise<void> {
  const { added, removed } = roleChanges(object, session, 'roles');
  for (const [method, references] of [
    ['POST', added],
    ['DELETE', removed],
  ] as const) {
    const clients = new Set(references.map(({ client }) => textOf(client)));
    for (const client of clients) {
      const below = client === undefined ? '/realm' : await clientPath(session, client);
      const own = references.filter((reference) => textOf(reference['client']) === client);
      await sendRoles(session, method, `${base}${below}`, own);
    }
  }
}
