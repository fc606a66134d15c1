import type { RealmObject } from '../model/snapshot.ts';
import { isObject, type Json, type JsonObject, textsIn } from '../model/values.ts';
import { groupId, scopePath } from './paths.ts';
import { objectAt, type Session } from './session.ts';
import { plain, type Task, type Writer } from './task.ts';

/** Set last: a sign-in must not meet a flow, or a realm, that is half built. */
const LAST = /Flow$|^enabled$/;
const LISTS = ['defaultGroups', 'defaultDefaultClientScopes', 'defaultOptionalClientScopes'] as const;

/** The settings of the realm. Only what differs is sent: a whole realm would bring settings that nobody asked for. */
export const realm: Writer = {
  create: () => [],
  update: (object, names, session) => {
    const settings = plain(names, LISTS).filter((name) => !LAST.test(name));
    const bindings = names.filter((name) => LAST.test(name));
    const lists = LISTS.filter((list) => names.includes(list));
    return [
      ...put(object, settings, 'references', session),
      ...lists.map((list): Task => ({ phase: 'references', run: () => syncList(object, list, session) })),
      ...put(object, bindings, 'bindings', session),
    ];
  },
  remove: () => [],
};

function put(
  { fields }: RealmObject,
  names: readonly string[],
  phase: Task['phase'],
  { admin }: Session,
): readonly Task[] {
  if (names.length === 0) return [];
  const run = async (): Promise<void> => {
    // Keycloak replaces a map; others have members of their own in it.
    const actual = await objectAt(admin, '');
    const body = withSiblings(names, actual).map((name): readonly [string, Json] => {
      const [before, after] = [actual[name], names.includes(name) ? (fields[name] ?? null) : actual[name]];
      return [name, isObject(before) && isObject(after) ? { ...before, ...after } : (after ?? null)];
    });
    await admin.send('PUT', '', { realm: actual['realm'] ?? admin.realm, ...Object.fromEntries(body) });
  };
  return [{ phase, run }];
}

/** Settings that Keycloak writes together: what is left out of such a group gets its default, or none of it is written. */
const GROUPS = [/^otpPolicy/, /^webAuthnPolicy(?!Passwordless)/, /^webAuthnPolicyPasswordless/];

function withSiblings(names: readonly string[], actual: JsonObject): readonly string[] {
  const groups = GROUPS.filter((group) => names.some((name) => group.test(name)));
  const siblings = Object.keys(actual).filter((name) => groups.some((group) => group.test(name)));
  return [...new Set([...names, ...siblings])];
}

async function syncList(
  { fields }: RealmObject,
  list: (typeof LISTS)[number],
  session: Session,
): Promise<void> {
  const { admin, server } = session;
  const wanted = textsIn(fields[list]);
  const actual = textsIn(server.get('realm', 'settings')?.fields[list]);
  const at = async (name: string): Promise<string> => {
    if (list === 'defaultGroups') return `/default-groups/${await groupId(session, name)}`;
    const id = (await scopePath(session, name)).slice('/client-scopes/'.length);
    return `/default-${list === 'defaultDefaultClientScopes' ? 'default' : 'optional'}-client-scopes/${id}`;
  };
  for (const name of actual.filter((one) => !wanted.includes(one)))
    await admin.send('DELETE', await at(name));
  for (const name of wanted.filter((one) => !actual.includes(one))) await admin.send('PUT', await at(name));
}
