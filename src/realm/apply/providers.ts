import type { RealmObject } from '../model/snapshot.ts';
import { isObject, type Json, type JsonObject, textOf } from '../model/values.ts';
import { encoded } from './paths.ts';
import { idByName, objectAt, patched, type Session } from './session.ts';
import { created, type Writer } from './task.ts';

const INSTANCES = '/identity-provider/instances';

/** Identity providers. An update sends the provider as it is, with the change: its secret is a mask there, which keeps it. */
export const providers: Writer = {
  create: ({ id, fields }, session) => [
    {
      phase: 'providers',
      run: async () => {
        const { admin } = session;
        const find = async () => textOf((await objectAt(admin, `${INSTANCES}/${encoded(id)}`))['internalId']);
        await created(admin, INSTANCES, { ...fields, alias: id }, find);
      },
    },
  ],
  update: ({ id, fields }, names, session) => [
    {
      phase: 'providers',
      run: async () => {
        const path = `${INSTANCES}/${encoded(id)}`;
        await session.admin.send('PUT', path, patched(await objectAt(session.admin, path), fields, names));
      },
    },
  ],
  remove: ({ id }, session) => [
    {
      phase: 'deletions',
      run: async () => void (await session.admin.send('DELETE', `${INSTANCES}/${encoded(id)}`)),
    },
  ],
};

export const providerMappers: Writer = {
  create: (object, session) => [
    {
      phase: 'providers',
      run: async () => {
        const { list, name, find } = placeOf(object, session);
        const body = { ...object.fields, name, identityProviderAlias: object.parent ?? '' };
        await created(session.admin, list, body, find);
      },
    },
  ],
  update: (object, names, session) => [
    {
      phase: 'providers',
      run: async () => {
        const { list, find } = placeOf(object, session);
        const path = `${list}/${await find()}`;
        await session.admin.send(
          'PUT',
          path,
          patched(await objectAt(session.admin, path), object.fields, names),
        );
      },
    },
  ],
  remove: (object, session) => [
    {
      phase: 'deletions',
      run: async () => {
        const { list, find } = placeOf(object, session);
        await session.admin.send('DELETE', `${list}/${await find()}`);
      },
    },
  ],
};

function placeOf({ id, parent = '' }: RealmObject, { admin }: Session) {
  const list = `${INSTANCES}/${encoded(parent)}/mappers`;
  const name = id.slice(parent.length + 1);
  return { list, name, find: () => idByName(admin, list, 'name', name) };
}

/** A required action comes with its provider, and can be changed alone. */
export const requiredActions: Writer = {
  create: () => [],
  update: ({ id, fields }, names, session) => [
    {
      phase: 'providers',
      run: async () => {
        const path = `/authentication/required-actions/${encoded(id)}`;
        await session.admin.send('PUT', path, patched(await objectAt(session.admin, path), fields, names));
      },
    },
  ],
  remove: () => [],
};

/** The user profile is one document: a write replaces it all. */
export const userProfile: Writer = {
  create: (object, session) => userProfile.update(object, [], session),
  update: ({ fields }, _names, session) => [
    {
      phase: 'objects',
      run: async () => {
        const { attributes, groups, ...rest } = fields;
        const body = { ...rest, attributes: listOf(attributes), groups: listOf(groups) };
        await session.admin.send('PUT', '/users/profile', body);
      },
    },
  ],
  remove: () => [],
};

function listOf(named: Json | undefined): readonly JsonObject[] {
  if (!isObject(named)) return [];
  return Object.entries(named).map(([name, member]) => ({ name, ...(isObject(member) ? member : {}) }));
}
