import { without } from '../../system/json.ts';
import { roleReferences } from '../model/role-names.ts';
import type { RealmObject } from '../model/snapshot.ts';
import { objectsIn, textOf, textsIn } from '../model/values.ts';
import { idOfPerson } from '../people.ts';
import { syncMappings } from './roles.ts';
import type { Session } from './session.ts';
import { created, task, type Writer } from './task.ts';

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
  create: (object, session) => task('people', () => createUser(object, session)),
  update: () => [],
  remove: () => [],
};

async function createUser(person: RealmObject, session: Session): Promise<void> {
  const { id, fields } = person;
  const { admin } = session;
  const username = textOf(fields['username']) ?? id;
  const find = () => idOfPerson(admin, person);
  // Ids are unique on the whole server, also those of passwords.
  const credentials = objectsIn(fields['credentials']).map((credential) => without(credential, ['id']));
  const body = { ...without(fields, OWN), username, credentials };
  const user = (await created(admin, '/users', body, find)) ?? '';
  const roles = roleReferences(textsIn(fields['realmRoles']), fields['clientRoles'], session.defaultRole);
  await syncMappings(`/users/${user}/role-mappings`, { type: 'user', id, fields: { roles } }, session);
}
