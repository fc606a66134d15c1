import { findScope, scopePath } from './paths.ts';
import { change } from './session.ts';
import { created, deletion, task, type Writer } from './task.ts';

export const clientScopes: Writer = {
  create: ({ id, fields }, session) =>
    task('objects', async () => {
      const { admin } = session;
      const body = { protocol: 'openid-connect', ...fields, name: id };
      const find = () => findScope(admin, id);
      session.learn('client-scope', [id], await created(admin, '/client-scopes', body, find));
    }),
  update: ({ id, fields }, names, session) =>
    task('objects', async () => change(session, await scopePath(session, id), fields, names)),
  remove: ({ id }, session) => deletion(session, () => scopePath(session, id)),
};
