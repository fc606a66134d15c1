import { REALM_SCOPES } from '../model/fields.ts';
import type { RealmObject } from '../model/snapshot.ts';
import { type JsonObject, textsIn } from '../model/values.ts';
import { groupId, scopeId, syncEntries } from './paths.ts';
import { objectAt, patched, type Session } from './session.ts';
import { plain, task, taskFor, type Writer } from './task.ts';

/** Set last: a sign-in must not meet a flow, or a realm, that is half built. */
const LAST = /Flow$|^enabled$/;
const LISTS = ['defaultGroups', ...REALM_SCOPES] as const;

/** The settings of the realm. Only what differs is sent: a whole realm would bring settings that nobody asked for. */
export const realm: Writer = {
  create: () => [],
  update: (object, names, session) => {
    const put = (fields: readonly string[]): Promise<void> => putFields(object, fields, session);
    const settings = plain(names, LISTS).filter((name) => !LAST.test(name));
    const lists = LISTS.filter((list) => names.includes(list));
    return [
      ...taskFor(settings, 'references', put),
      ...lists.flatMap((list) => task('references', () => syncList(object, list, session))),
      ...taskFor(
        names.filter((name) => LAST.test(name)),
        'bindings',
        put,
      ),
    ];
  },
  remove: () => [],
};

/** Keycloak replaces a map, and others have members of their own in it. */
async function putFields(
  { fields }: RealmObject,
  names: readonly string[],
  { admin }: Session,
): Promise<void> {
  const actual = await objectAt(admin, '');
  const whole = patched(actual, fields, names);
  const sent = withSiblings(names, actual).map((name) => [name, whole[name] ?? null] as const);
  await admin.send('PUT', '', { realm: actual['realm'] ?? admin.realm, ...Object.fromEntries(sent) });
}

/** Settings that Keycloak writes together: what is left out of such a group gets its default, or none of it is written. */
const GROUPS = [/^otpPolicy/, /^webAuthnPolicy(?!Passwordless)/, /^webAuthnPolicyPasswordless/];

function withSiblings(names: readonly string[], actual: JsonObject): readonly string[] {
  const groups = GROUPS.filter((group) => names.some((name) => group.test(name)));
  const siblings = Object.keys(actual).filter((name) => groups.some((group) => group.test(name)));
  return [...new Set([...names, ...siblings])];
}

async function syncList(object: RealmObject, list: (typeof LISTS)[number], session: Session): Promise<void> {
  const actual = session.actual(object)[list];
  await syncEntries(session, textsIn(object.fields[list]), textsIn(actual), async (name) =>
    list === 'defaultGroups'
      ? `/default-groups/${await groupId(session, name)}`
      : `/default-${list === 'defaultDefaultClientScopes' ? 'default' : 'optional'}-client-scopes/${await scopeId(session, name)}`,
  );
}
