import { roleReferences, without } from '../model/fields.ts';
import type { RealmObject } from '../model/snapshot.ts';
import { textOf, textsIn } from '../model/values.ts';
import { encoded } from './paths.ts';
import { syncMappings } from './roles.ts';
import { idByName, type Session } from './session.ts';
import { created, type Writer } from './task.ts';

const OWN = [
  'realmRoles',
  'clientRoles',
  'applicationRoles',
  'username',
  'totp',
  'disableableCredentialTypes',
  'notBefore',
];

/** People that a file brings along: created where absent, with their password, and never changed. */
export const people: Writer = {
  create: (object, session) => [{ phase: 'people', run: () => createUser(object, session) }],
  update: () => [],
  remove: () => [],
};

async function createUser({ id, fields }: RealmObject, session: Session): Promise<void> {
  const { admin, defaultRole } = session;
  const username = textOf(fields['username']) ?? id;
  const find = () => idByName(admin, `/users?exact=true&username=${encoded(username)}`, 'username', id);
  const user = (await created(admin, '/users', { ...without(fields, OWN), username }, find)) ?? '';
  const realmRoles = textsIn(fields['realmRoles']).filter((role) => role !== defaultRole);
  const roles = roleReferences(realmRoles, fields['clientRoles']);
  await syncMappings(`/users/${user}/role-mappings`, { type: 'user', id, fields: { roles } }, session);
}
