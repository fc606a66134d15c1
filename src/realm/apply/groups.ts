import { without } from '../../system/json.ts';
import type { RealmObject } from '../model/snapshot.ts';
import { textOf } from '../model/values.ts';
import { groupId, groupPath } from './paths.ts';
import { syncMappings } from './roles.ts';
import { objectAt, patched, type Session } from './session.ts';
import { created, plain, type Task, type Writer } from './task.ts';

const OWN = ['roles'];

export const groups: Writer = {
  create: (object, session) => [
    { phase: 'objects', run: () => createGroup(object, session) },
    ...mappings(object, Object.keys(object.fields), session),
  ],
  update: (object, names, session) => {
    const fields = plain(names, OWN);
    const own: readonly Task[] =
      fields.length === 0 ? [] : [{ phase: 'objects', run: () => updateGroup(object, fields, session) }];
    return [...own, ...mappings(object, names, session)];
  },
  remove: ({ id }, session) => [
    {
      phase: 'deletions',
      run: async () => void (await session.admin.send('DELETE', await groupPath(session, id))),
    },
  ],
};

async function createGroup({ id, parent, fields }: RealmObject, session: Session): Promise<void> {
  const { admin } = session;
  const list = parent === undefined ? '/groups' : `${await groupPath(session, parent)}/children`;
  const name = id.slice((parent ?? '').length + 1);
  const path = id.split('/').map(encodeURIComponent).join('/');
  const find = async () => textOf((await objectAt(admin, `/group-by-path${path}`))['id']);
  session.learn('group', [id], await created(admin, list, { ...without(fields, OWN), name }, find));
}

async function updateGroup(
  { id, fields }: RealmObject,
  names: readonly string[],
  session: Session,
): Promise<void> {
  const path = `/groups/${await groupId(session, id)}`;
  await session.admin.send('PUT', path, patched(await objectAt(session.admin, path), fields, names));
}

function mappings(object: RealmObject, names: readonly string[], session: Session): readonly Task[] {
  if (!names.includes('roles')) return [];
  const run = async () =>
    syncMappings(`${await groupPath(session, object.id)}/role-mappings`, object, session);
  return [{ phase: 'references', run }];
}
