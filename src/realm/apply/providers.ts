import { isObject, type Json, type JsonObject, textOf } from '../model/values.ts';
import { encoded } from './paths.ts';
import { change, objectAt } from './session.ts';
import { created, deletion, task, type Writer } from './task.ts';

const INSTANCES = '/identity-provider/instances';

/** Identity providers. An update sends the provider as it is, with the change: its secret is a mask there, which keeps it. */
export const providers: Writer = {
  create: ({ id, fields }, session) =>
    task('providers', async () => {
      const { admin } = session;
      const find = async () => textOf((await objectAt(admin, `${INSTANCES}/${encoded(id)}`))['internalId']);
      await created(admin, INSTANCES, { ...fields, alias: id }, find);
    }),
  update: ({ id, fields }, names, session) =>
    task('providers', () => change(session, `${INSTANCES}/${encoded(id)}`, fields, names)),
  remove: ({ id }, session) => deletion(session, () => `${INSTANCES}/${encoded(id)}`),
};

/** A required action comes with its provider, and can be changed alone. */
export const requiredActions: Writer = {
  create: () => [],
  update: ({ id, fields }, names, session) =>
    task('providers', () =>
      change(session, `/authentication/required-actions/${encoded(id)}`, fields, names),
    ),
  remove: ({ id }, session) => deletion(session, () => `/authentication/required-actions/${encoded(id)}`),
};

/** The user profile is one document: a write replaces it all. */
export const userProfile: Writer = {
  create: (object, session) => userProfile.update(object, [], session),
  update: ({ fields }, _names, session) =>
    task('objects', async () => {
      const { attributes, groups, ...rest } = fields;
      const body = { ...rest, attributes: listOf(attributes), groups: listOf(groups) };
      await session.admin.send('PUT', '/users/profile', body);
    }),
  remove: () => [],
};

function listOf(named: Json | undefined): readonly JsonObject[] {
  if (!isObject(named)) return [];
  return Object.entries(named).map(([name, member]) => ({ name, ...(isObject(member) ? member : {}) }));
}
