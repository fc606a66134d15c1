import type { RealmObject } from '../model/snapshot.ts';
import { clientPath, scopePath } from './paths.ts';
import { idByName, objectAt, patched, type Session } from './session.ts';
import { created, type Writer } from './task.ts';

export const clientScopes: Writer = {
  create: ({ id, fields }, session) => [
    {
      phase: 'objects',
      run: async () => {
        const { admin } = session;
        const body = { protocol: 'openid-connect', ...fields, name: id };
        const find = () => idByName(admin, '/client-scopes', 'name', id);
        session.learn('client-scope', [id], await created(admin, '/client-scopes', body, find));
      },
    },
  ],
  update: ({ id, fields }, names, session) => [
    {
      phase: 'objects',
      run: async () => {
        const path = await scopePath(session, id);
        await session.admin.send('PUT', path, patched(await objectAt(session.admin, path), fields, names));
      },
    },
  ],
  remove: ({ id }, session) => [
    {
      phase: 'deletions',
      run: async () => void (await session.admin.send('DELETE', await scopePath(session, id))),
    },
  ],
};

/** Protocol mappers of a client or of a client scope. */
function mappers(pathOf: (session: Session, parent: string) => Promise<string>): Writer {
  const place = async ({ id, parent = '' }: RealmObject, session: Session) => {
    const list = `${await pathOf(session, parent)}/protocol-mappers/models`;
    const name = id.slice(parent.length + 1);
    return { list, name, find: () => idByName(session.admin, list, 'name', name) };
  };
  return {
    create: (object, session) => [
      {
        phase: 'objects',
        run: async () => {
          const { list, name, find } = await place(object, session);
          await created(session.admin, list, { protocol: 'openid-connect', ...object.fields, name }, find);
        },
      },
    ],
    update: (object, names, session) => [
      {
        phase: 'objects',
        run: async () => {
          const { list, find } = await place(object, session);
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
          const { list, find } = await place(object, session);
          await session.admin.send('DELETE', `${list}/${await find()}`);
        },
      },
    ],
  };
}

export const clientMappers = mappers(clientPath);
export const scopeMappers = mappers(scopePath);
