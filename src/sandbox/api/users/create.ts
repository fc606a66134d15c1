import { randomUUID } from 'node:crypto';
import type { ApiOptions } from '../../options.ts';
import { userEvent } from '../activity.ts';
import { type Answer, ok } from '../answers.ts';
import { requireAdmin } from '../guards.ts';
import { bodyIn, boolean, fields, optional, type Reader, text, withDefault } from '../input.ts';
import { newUser } from '../new-user.ts';
import { refuse } from '../refusal.ts';
import type { Call } from '../routing.ts';
import { stamp } from '../stamp.ts';
import { detailForAdmin, existing } from './detail.ts';
import { hashPassword, SHORTEST_PASSWORD } from './passwords.ts';
import { checkRoleChange } from './roles.ts';

const NEW_USER = fields({
  email: emailAddress(),
  username: text({ least: 3, most: 50 }),
  password: text({ least: SHORTEST_PASSWORD }),
  name: optional(text()),
  is_admin: withDefault(boolean, false),
  is_maintainer: withDefault(boolean, false),
});

/** `POST /v1/admin/users`: only where the platform checks passwords itself. */
export async function createUser(call: Call, options: ApiOptions): Promise<Answer> {
  const { account } = call;
  const { managed, mode, now } = options;
  requireAdmin(account);
  const given = await bodyIn(call, NEW_USER);
  if (mode.idp !== 'local') refuse(400, 'User creation only available in local auth mode');
  const date = stamp(now());
  const user = newUser(
    {
      id: randomUUID(),
      username: given.username,
      email: given.email,
      name: given.name || given.username,
      picture: null,
      passwordHash: await hashPassword(given.password),
      userType: 'regular',
      isAdmin: given.is_admin || given.is_maintainer,
      isMaintainer: given.is_maintainer,
    },
    date,
    options,
  );
  return managed.transaction(async (store) => {
    await checkRoleChange(account, store);
    if ((await store.usersByEmail([user.email])).length > 0) refuse(409, 'Email already registered');
    if ((await store.userByUsername(user.username)) !== undefined) refuse(409, 'Username already taken');
    await store.addUser(user);
    await store.addEvents([userEvent('user.created', user.id, { now })]);
    return ok(await detailForAdmin(user.id, store));
  });
}

const NEW_PASSWORD = fields({ new_password: text() });

/** `PUT /v1/admin/users/{id}/password` */
export async function changePassword(call: Call, { managed, now }: ApiOptions): Promise<Answer> {
  requireAdmin(call.account);
  const { new_password } = await bodyIn(call, NEW_PASSWORD);
  const user = await existing(call.parameters['id'] ?? '', managed);
  if (new_password.length < SHORTEST_PASSWORD)
    refuse(400, `Password must be at least ${SHORTEST_PASSWORD} characters`);
  const passwordHash = await hashPassword(new_password);
  await managed.updateUser(user.id, { passwordHash, updateDate: stamp(now()) });
  return ok({ message: 'Password changed successfully' });
}

/** An email address, checked as far as typing errors go. */
function emailAddress(): Reader<string> {
  return {
    read: (input, loc) => {
      const read = text().read(input, loc);
      if ('faults' in read) return read;
      const reason = reasonAgainst(read.value);
      if (reason === undefined) return read;
      const msg = `value is not a valid email address: ${reason}`;
      return { faults: [{ type: 'value_error', loc, msg, input, ctx: { reason } }] };
    },
  };
}

function reasonAgainst(email: string): string | undefined {
  const [, domain] = /^[^@]+@([^@]+)$/.exec(email) ?? [];
  if (domain === undefined) return 'An email address must have an @-sign.';
  return domain.includes('.')
    ? undefined
    : 'The part after the @-sign is not valid. It should have a period.';
}
