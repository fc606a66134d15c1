import { without } from '../../system/json.ts';
import type { RealmObject } from '../model/snapshot.ts';
import { findGroup, groupNames, groupPath } from './paths.ts';
import { syncMappings } from './roles.ts';
import { change, type Session } from './session.ts';
import { created, deletion, plain, type Task, task, taskFor, type Writer } from './task.ts';

const OWN = ['roles'];

export const groups: Writer = {
  create: (object, session) => [
    ...task('objects', () => createGroup(object, session)),
    ...mappings(object, Object.keys(object.fields), session),
  ],
  update: (object, names, session) => [
    ...taskFor(plain(names, OWN), 'objects', async (fields) =>
      change(session, await groupPath(session, object.id), object.fields, fields),
    ),
    ...mappings(object, names, session),
  ],
  remove: ({ id }, session) => deletion(session, () => groupPath(session, id)),
};

async function createGroup({ id, parent, fields }: RealmObject, session: Session): Promise<void> {
  const { admin } = session;
  const list = parent === undefined ? '/groups' : `${await groupPath(session, parent)}/children`;
  const body = { ...without(fields, OWN), name: id.slice((parent ?? '').length + 1) };
  session.learn('group', groupNames(id), await created(admin, list, body, () => findGroup(admin, id)));
}

function mappings(object: RealmObject, names: readonly string[], session: Session): readonly Task[] {
  return taskFor(
    names.filter((name) => OWN.includes(name)),
    'references',
    async () => syncMappings(`${await groupPath(session, object.id)}/role-mappings`, object, session),
  );
}
