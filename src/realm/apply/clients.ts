import { without } from '../../system/json.ts';
import { CLIENT_SCOPES } from '../model/fields.ts';
import type { RealmObject } from '../model/snapshot.ts';
import { isObject, type Json, type JsonObject, textsIn } from '../model/values.ts';
import { clientPath, findClient, flowId, scopeId, syncEntries } from './paths.ts';
import { change, type Session } from './session.ts';
import { created, deletion, plain, type Task, task, taskFor, type Writer } from './task.ts';

const OVERRIDES = 'authenticationFlowBindingOverrides';
const SEGMENTS = {
  defaultClientScopes: 'default-client-scopes',
  optionalClientScopes: 'optional-client-scopes',
} as const;
const OWN = [OVERRIDES, ...CLIENT_SCOPES];

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
    ...task('objects', () => createClient(object, session)),
    ...overrides(object, Object.keys(object.fields), session),
  ],
  update: (object, names, session) => [
    ...taskFor(plain(names, OWN), 'objects', async (fields) =>
      change(session, await clientPath(session, object.id), object.fields, fields),
    ),
    ...taskFor(
      CLIENT_SCOPES.filter((list) => names.includes(list)),
      'references',
      () => syncScopes(object, session),
    ),
    ...overrides(object, names, session),
  ],
  remove: ({ id }, session) => deletion(session, () => clientPath(session, id)),
};

async function createClient({ id, fields }: RealmObject, session: Session): Promise<void> {
  const { admin } = session;
  // Authorization services work with an account of the client; Keycloak's own import makes one.
  const account = fields['authorizationServicesEnabled'] === true ? { serviceAccountsEnabled: true } : {};
  const body = { ...DEFAULTS, ...account, ...without(fields, [OVERRIDES]), clientId: id };
  const find = () => findClient(admin, id);
  session.learn('client', [id], await created(admin, '/clients', body, find));
}

/** A scope must leave one list before it can enter the other; Keycloak would say yes and do nothing. */
async function syncScopes(object: RealmObject, session: Session): Promise<void> {
  const { id, fields } = object;
  const path = await clientPath(session, id);
  const changed = CLIENT_SCOPES.filter((list) => fields[list] !== undefined);
  const entries = (of: JsonObject) =>
    changed.flatMap((list) => textsIn(of[list]).map((scope) => `${SEGMENTS[list]}/${scope}`));
  await syncEntries(session, entries(fields), entries(session.actual(object)), async (entry) => {
    const slash = entry.indexOf('/');
    return `${path}/${entry.slice(0, slash)}/${await scopeId(session, entry.slice(slash + 1))}`;
  });
}

/** Files name flows by alias, the API by id. An empty text ends an override. */
function overrides(object: RealmObject, names: readonly string[], session: Session): readonly Task[] {
  const wanted = object.fields[OVERRIDES];
  if (!names.includes(OVERRIDES) || !isObject(wanted)) return [];
  return task('bindings', async () => {
    const ids: [string, Json][] = [];
    for (const [binding, alias] of Object.entries(wanted))
      ids.push([binding, typeof alias === 'string' && alias !== '' ? await flowId(session, alias) : '']);
    const path = await clientPath(session, object.id);
    await change(session, path, { [OVERRIDES]: Object.fromEntries(ids) }, [OVERRIDES]);
  });
}
