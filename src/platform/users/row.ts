import { isRecord, type JsonObject } from '../../system/json.ts';
import { isStorable, lengthOf } from './limits.ts';
import { membershipsOf, splitAttribute } from './projects.ts';
import type { Repair, SkippedUser, SkipReason, SourceRow } from './user.ts';

export interface RowRules {
  /** Import disabled accounts, as inactive users. */
  readonly includeDisabled: boolean;
  readonly includeServiceAccounts: boolean;
  /** The user that ADMIN_USER_ID names: an admin without a role. */
  readonly adminUserId: string | undefined;
  /** @returns where the user's admin role comes from: `group /platform/ops`; undefined for others. */
  adminVia(user: JsonObject): string | undefined;
}

/** Of the columns of `users`, in characters. */
const LONGEST = { username: 255, email: 255, name: 255, picture: 1024 };

const UUID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i;

const SERVICE_ACCOUNT = /^service-account-/;

/**
 * Turns a user of Keycloak, in the form of its admin API and of its exports, into what the platform stores, or says why
 * the account is not imported. The rules are those of the platform's own first sign-in.
 */
export function rowOf(raw: JsonObject, rules: RowRules): SourceRow {
  const id = textOf(raw['id']);
  const username = textOf(raw['username']);
  const attributes = isRecord(raw['attributes']) ? raw['attributes'] : {};
  const email = textOf(raw['email']);
  const skip = notMeant(raw, username, rules) ?? unfitId(id, username) ?? unfitTexts({ username, email });
  if (skip !== undefined) return { kind: 'skip', skipped: { id, username, ...skip } };
  const userType = userTypeOf(attributes['user_type']);
  if (userType === undefined) {
    const detail = 'the attribute user_type is neither regular nor external';
    return { kind: 'skip', skipped: { id, username, reason: 'bad-user-type', detail } };
  }
  const adminVia =
    rules.adminVia(raw) ??
    (rules.adminUserId !== undefined && id === rules.adminUserId ? 'ADMIN_USER_ID' : undefined);
  const name = nameOf(raw, username);
  const picture = pictureOf(attributes['picture']);
  const { memberships, repairs } = membershipsOf(
    {
      listed: splitAttribute(attributes['applications']),
      administered: splitAttribute(attributes['applications_admin']),
    },
    [username, email],
  );
  const noEmail: readonly Repair[] =
    email === '' ? [{ reason: 'no-email', detail: 'the user name stands in for it' }] : [];
  return {
    kind: 'user',
    user: {
      id,
      username,
      email: email === '' ? username : email,
      name: name.text,
      userType,
      picture: picture.text,
      isActive: raw['enabled'] !== false,
      isAdmin: adminVia !== undefined,
      ...(adminVia === undefined ? {} : { adminVia }),
      memberships,
      repairs: [...noEmail, ...name.repairs, ...picture.repairs, ...repairs],
    },
  };
}

type Skip = Pick<SkippedUser, 'reason' | 'detail'>;

function skipped(reason: SkipReason, detail: string): Skip {
  return { reason, detail };
}

/** Accounts that the caller did not ask for. */
function notMeant(raw: JsonObject, username: string, rules: RowRules): Skip | undefined {
  const isService = textOf(raw['serviceAccountClientId']) !== '' || SERVICE_ACCOUNT.test(username);
  if (isService && !rules.includeServiceAccounts)
    return skipped('service-account', 'an account of a client; --include-service-accounts imports it');
  return raw['enabled'] === false && !rules.includeDisabled
    ? skipped('disabled', 'disabled in Keycloak; --include-disabled imports it as inactive')
    : undefined;
}

function unfitId(id: string, username: string): Skip | undefined {
  if (username === '') return skipped('no-username', 'the account has no user name');
  return UUID.test(id)
    ? undefined
    : skipped('not-a-uuid', 'the platform signs in only people whose id is a UUID');
}

function unfitTexts(texts: Readonly<Record<'username' | 'email', string>>): Skip | undefined {
  for (const field of ['username', 'email'] as const) {
    const text = texts[field];
    if (!isStorable(text))
      return skipped('bad-characters', `the ${field} has characters that PostgreSQL cannot store`);
    if (lengthOf(text) > LONGEST[field])
      return skipped('too-long', `the ${field} is longer than ${LONGEST[field]} characters`);
  }
  return undefined;
}

/** The first value counts, in any case, with white space around it; a missing one is `regular`. */
function userTypeOf(value: unknown): 'regular' | 'external' | undefined {
  const [first] = Array.isArray(value) ? (value as readonly unknown[]) : [value];
  if (first === undefined || first === null) return 'regular';
  const text = typeof first === 'string' ? first.trim().toLowerCase() : '';
  return text === 'regular' || text === 'external' ? text : undefined;
}

interface Repaired<T> {
  readonly text: T;
  readonly repairs: readonly Repair[];
}

/** What Keycloak puts into the claim `name`; the user name where there is none. */
function nameOf(raw: JsonObject, username: string): Repaired<string> {
  const parts = [textOf(raw['firstName']), textOf(raw['lastName'])].map((part) => part.trim());
  const name = parts.filter((part) => part !== '').join(' ');
  if (name === '') return { text: username, repairs: [] };
  if (!isStorable(name))
    return {
      text: username,
      repairs: [{ reason: 'name-cut', detail: 'it has characters that PostgreSQL cannot store' }],
    };
  const length = lengthOf(name);
  if (length <= LONGEST.name) return { text: name, repairs: [] };
  const text = [...name].slice(0, LONGEST.name).join('');
  return { text, repairs: [{ reason: 'name-cut', detail: `from ${length} to ${LONGEST.name} characters` }] };
}

function pictureOf(value: unknown): Repaired<string | null> {
  const [first] = Array.isArray(value) ? (value as readonly unknown[]) : [value];
  const picture = textOf(first).trim();
  if (picture === '') return { text: null, repairs: [] };
  if (isStorable(picture) && lengthOf(picture) <= LONGEST.picture) return { text: picture, repairs: [] };
  const detail = `it does not fit the ${LONGEST.picture} characters that the platform stores`;
  return { text: null, repairs: [{ reason: 'picture-left-out', detail }] };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
