import { mappingHolder } from '../model/scopes.ts';
import type { RealmObject } from '../model/snapshot.ts';
import { textOf } from '../model/values.ts';
import { clientPath, scopePath } from './paths.ts';
import { syncMappings } from './roles.ts';
import { objectAt, type Session } from './session.ts';
import { task, type Writer } from './task.ts';

/** Objects that hold references to roles and nothing else: they come into being with the first one. */
function holder(baseOf: (object: RealmObject, session: Session) => Promise<string>): Writer {
  const sync: Writer['create'] = (object, session) =>
    task('references', async () => syncMappings(await baseOf(object, session), object, session));
  return {
    create: sync,
    update: (object, _names, session) => sync(object, session),
    remove: (object, session) => sync({ ...object, fields: { roles: [] } }, session),
  };
}

export const serviceAccounts = holder(async ({ id }, session) => {
  const account = await objectAt(session.admin, `${await clientPath(session, id)}/service-account-user`);
  return `/users/${textOf(account['id']) ?? ''}/role-mappings`;
});

export const scopeMappings = holder(async ({ id }, session) => {
  const { client = '', scope } = mappingHolder(id);
  const path = scope === undefined ? await clientPath(session, client) : await scopePath(session, scope);
  return `${path}/scope-mappings`;
});
