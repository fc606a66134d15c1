import type { RealmObject } from '../model/snapshot.ts';
import type { JsonObject } from '../model/values.ts';
import type { IdKind } from '../reading.ts';
import { clientPath, encoded, scopePath } from './paths.ts';
import { change, idByName, type Session } from './session.ts';
import { created, deletion, type Phase, task, type Writer } from './task.ts';

interface MapperOptions {
  readonly kind: IdKind;
  readonly phase: Phase;
  /** The list of the mappers of one parent. */
  readonly listOf: (session: Session, parent: string) => Promise<string>;
  /** What Keycloak wants of a new one beside its fields. */
  readonly defaults: (parent: string) => JsonObject;
}

/** Mappers: of a client, of a client scope, of an identity provider. */
function mappers({ kind, phase, listOf, defaults }: MapperOptions): Writer {
  const place = async ({ id, parent = '' }: RealmObject, session: Session) => {
    const list = await listOf(session, parent);
    const name = id.slice(parent.length + 1);
    return { list, name, parent, find: () => idByName(session.admin, list, 'name', name) };
  };
  const pathOf = async (object: RealmObject, session: Session): Promise<string> => {
    const { list, name, parent, find } = await place(object, session);
    return `${list}/${await session.id(kind, [parent, name], find)}`;
  };
  return {
    create: (object, session) =>
      task(phase, async () => {
        const { list, name, parent, find } = await place(object, session);
        await created(session.admin, list, { ...defaults(parent), ...object.fields, name }, find);
      }),
    update: (object, names, session) =>
      task(phase, async () => change(session, await pathOf(object, session), object.fields, names)),
    remove: (object, session) => deletion(session, () => pathOf(object, session)),
  };
}

const OPENID = { protocol: 'openid-connect' };

export const clientMappers = mappers({
  kind: 'client-mapper',
  phase: 'objects',
  listOf: async (session, client) => `${await clientPath(session, client)}/protocol-mappers/models`,
  defaults: () => OPENID,
});

export const scopeMappers = mappers({
  kind: 'scope-mapper',
  phase: 'objects',
  listOf: async (session, scope) => `${await scopePath(session, scope)}/protocol-mappers/models`,
  defaults: () => OPENID,
});

export const providerMappers = mappers({
  kind: 'identity-provider-mapper',
  phase: 'providers',
  listOf: async (_session, alias) => `/identity-provider/instances/${encoded(alias)}/mappers`,
  defaults: (identityProviderAlias) => ({ identityProviderAlias }),
});
