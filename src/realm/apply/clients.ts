import { without } from '../../system/json.ts';
import type { RealmObject } from '../model/snapshot.ts';
import { isObject, type Json, textsIn } from '../model/values.ts';
import { clientPath, flowId, scopePath } from './paths.ts';
import { idByName, objectAt, patched, type Session } from './session.ts';
import { created, plain, type Task, type Writer } from './task.ts';

const OVERRIDES = 'authenticationFlowBindingOverrides';
const LISTS = ['defaultClientScopes', 'optionalClientScopes'] as const;
const OWN = [OVERRIDES, ...LISTS];

/** With `protocol` given, Keycloak makes a client public and lets it take passwords unless told otherwise. */
const DEFAULTS = {
  protocol: 'openid-connect',
  publicClient: false,
  bearerOnly: false,
  standardFlowEnabled: true,
  implicitFlowEnabled: false,
  directAccessGrantsEnabled: false,
  serviceAccountsEnabled: false,
};

export const clients: Writer = {
  create: (object, session) => [
    { phase: 'objects', run: () => createClient(object, session) },
    ...overrides(object, Object.keys(object.fields), session),
  ],
  update: (object, names, session) => {
    const fields = plain(names, OWN);
    const own: readonly Task[] =
      fields.length === 0 ? [] : [{ phase: 'objects', run: () => updateClient(object, fields, session) }];
    const lists = LISTS.filter((list) => names.includes(list));
    const scopes: readonly Task[] =
      lists.length === 0 ? [] : [{ phase: 'references', run: () => syncScopes(object, session) }];
    return [...own, ...scopes, ...overrides(object, names, session)];
  },
  remove: ({ id }, session) => [
    {
      phase: 'deletions',
      run: async () => void (await session.admin.send('DELETE', await clientPath(session, id))),
    },
  ],
};

async function createClient({ id, fields }: RealmObject, session: Session): Promise<void> {
  const { admin } = session;
  // Authorization services work with an account of the client; Keycloak's own import makes one.
  const account = fields['authorizationServicesEnabled'] === true ? { serviceAccountsEnabled: true } : {};
  const body = { ...DEFAULTS, ...account, ...without(fields, [OVERRIDES]), clientId: id };
  const find = () => idByName(admin, `/clients?clientId=${encodeURIComponent(id)}`, 'clientId', id);
  session.learn('client', [id], await created(admin, '/clients', body, find));
}

/** The whole client as it is, with the change: what is left out here, Keycloak computes or deletes. */
async function updateClient(
  { id, fields }: RealmObject,
  names: readonly string[],
  session: Session,
): Promise<void> {
  const path = await clientPath(session, id);
  await session.admin.send('PUT', path, patched(await objectAt(session.admin, path), fields, names));
}

/** A scope must leave one list before it can enter the other; Keycloak would say yes and do nothing. */
async function syncScopes({ id, fields }: RealmObject, session: Session): Promise<void> {
  const { admin, server } = session;
  const path = await clientPath(session, id);
  const actual = server.get('client', id)?.fields ?? {};
  const changes = LISTS.filter((list) => fields[list] !== undefined).map((list) => ({
    below: `${path}/${list === 'defaultClientScopes' ? 'default' : 'optional'}-client-scopes`,
    wanted: textsIn(fields[list]),
    actual: textsIn(actual[list]),
  }));
  for (const { below, wanted, actual: had } of changes)
    for (const scope of had.filter((name) => !wanted.includes(name)))
      await admin.send('DELETE', `${below}/${await idOf(session, scope)}`);
  for (const { below, wanted, actual: had } of changes)
    for (const scope of wanted.filter((name) => !had.includes(name)))
      await admin.send('PUT', `${below}/${await idOf(session, scope)}`);
}

async function idOf(session: Session, scope: string): Promise<string> {
  return (await scopePath(session, scope)).slice('/client-scopes/'.length);
}

/** Files name flows by alias, the API by id. An empty text ends an override. */
function overrides(object: RealmObject, names: readonly string[], session: Session): readonly Task[] {
  const wanted = object.fields[OVERRIDES];
  if (!names.includes(OVERRIDES) || !isObject(wanted)) return [];
  return [
    {
      phase: 'bindings',
      run: async () => {
        const path = await clientPath(session, object.id);
        const ids: [string, Json][] = [];
        for (const [binding, alias] of Object.entries(wanted))
          ids.push([binding, typeof alias === 'string' && alias !== '' ? await flowId(session, alias) : '']);
        const body = patched(await objectAt(session.admin, path), { [OVERRIDES]: Object.fromEntries(ids) }, [
          OVERRIDES,
        ]);
        await session.admin.send('PUT', path, body);
      },
    },
  ];
}
