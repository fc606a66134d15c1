import { DuplicateRow, type ManagedStore, type ManagedUser } from '../../managed/store.ts';
import type { ApiOptions } from '../../options.ts';
import { userEvent } from '../activity.ts';
import { type Answer, ok, SERVER_ERROR } from '../answers.ts';
import { requireAdmin } from '../guards.ts';
import { bodyIn, boolean, fields, integer, optional, text } from '../input.ts';
import { Refusal, refuse } from '../refusal.ts';
import type { Call } from '../routing.ts';
import { stamp } from '../stamp.ts';
import { detailForAdmin, existing } from './detail.ts';
import { checkRoleChange } from './roles.ts';

const UPDATE = fields({
  name: optional(text()),
  picture: optional(text()),
  email: optional(text()),
  username: optional(text()),
  user_type: optional(text()),
  is_admin: optional(boolean),
  is_maintainer: optional(boolean),
  is_active: optional(boolean),
  project_limit: optional(integer()),
});

type Update = Extract<ReturnType<typeof UPDATE.read>, { value: unknown }>['value'];

/** The limit of an administrator who becomes a plain user; the platform does not use its setting here. */
const LIMIT_AFTER_ADMIN = 3;

/** `PUT /v1/admin/users/{id}`. A change of `is_active` is the only one of its request. */
export async function updateUser(call: Call, options: ApiOptions): Promise<Answer> {
  const { account, parameters } = call;
  const { managed, now } = options;
  const id = parameters['id'] ?? '';
  requireAdmin(account);
  const update = await bodyIn(call, UPDATE);
  try {
    const detail = await managed.transaction(async (store) => {
      if (typeof update.is_active === 'boolean') {
        if (update.is_active) refuse(400, 'Cannot reactivate user. Reactivation is not supported.');
        await deactivate(id, store, { actorId: account.id, now });
        return detailForAdmin(id, store);
      }
      const changes = await allowedChanges(update, id, call, store, options);
      await existing(id, store);
      await store.updateUser(id, { ...columnsOf(changes), updateDate: stamp(now()) });
      const happening = { now, actorId: account.id, attributes: changes };
      await store.addEvents([userEvent('user.updated', id, happening)]);
      return detailForAdmin(id, store);
    });
    return ok(detail);
  } catch (error) {
    if (error instanceof DuplicateRow) throw new Refusal(SERVER_ERROR);
    throw error;
  }
}

interface Actor {
  readonly actorId: string;
  readonly now: () => number;
}

/** @throws Refusal (403) for the last administrator. */
export async function deactivate(id: string, store: ManagedStore, { actorId, now }: Actor): Promise<void> {
  const user = await existing(id, store);
  if (user.isAdmin && (await store.countActiveAdmins()) <= 1)
    refuse(403, 'Cannot deactivate last admin - system must have at least one admin');
  const date = stamp(now());
  await store.updateUser(id, { isActive: false, deletedAt: date, updateDate: date });
  await store.addEvents([userEvent('user.deactivated', id, { now, actorId })]);
}

type Changes = { -readonly [K in keyof Update]?: NonNullable<Update[K]> | null };

/** @throws Refusal for a change that the person may not make. */
async function allowedChanges(
  update: Update,
  id: string,
  { account }: Call,
  store: ManagedStore,
  { mode }: ApiOptions,
): Promise<Changes> {
  const isMaintainer = update.is_maintainer ?? undefined;
  const isAdmin = isMaintainer === true ? true : (update.is_admin ?? undefined);
  if (isAdmin !== undefined || isMaintainer !== undefined) await checkRoleChange(account, store);
  if (typeof update.username === 'string') {
    const details = 'Username is an immutable identifier and cannot be modified';
    refuse(400, 'Username cannot be changed', details);
  }
  if (typeof update.email === 'string' && mode.idp !== 'local') {
    const details = `Email is managed by identity provider (${mode.idp}). Only local auth mode allows email changes.`;
    refuse(400, 'Email cannot be changed in IDP mode', details);
  }
  const userType = typeof update.user_type === 'string' ? userTypeOf(update.user_type) : undefined;
  const limit = update.project_limit;
  if (isAdmin !== undefined || limit !== undefined) {
    const user = await existing(id, store);
    if (isAdmin === false && user.isAdmin) await checkRevocation(user, account.id, store);
    if (limit !== undefined) checkLimit(limit, user, account.id);
    return complete({ ...update, user_type: userType, is_admin: isAdmin }, user);
  }
  return complete({ ...update, user_type: userType });
}

/** The fields to store. A change of role sets the limit too: administrators have none. */
function complete(update: Partial<Update>, user?: ManagedUser): Changes {
  const changes: Changes = {};
  for (const field of ['name', 'picture', 'email', 'user_type'] as const)
    if (typeof update[field] === 'string') changes[field] = update[field];
  for (const field of ['is_admin', 'is_maintainer'] as const)
    if (typeof update[field] === 'boolean') changes[field] = update[field];
  const turned = user !== undefined && changes.is_admin !== undefined && changes.is_admin !== user.isAdmin;
  if (turned && changes.is_admin === true) changes.project_limit = null;
  else if (update.project_limit !== undefined) changes.project_limit = update.project_limit;
  else if (turned) changes.project_limit = LIMIT_AFTER_ADMIN;
  if (Object.keys(changes).length > 0) return changes;
  return refuse(
    400,
    'No fields to update',
    'At least one field must be provided for update operation',
    'Provide one or more fields: name, picture, email, user_type, is_admin, is_maintainer, project_limit',
  );
}

function columnsOf(changes: Changes): Partial<ManagedUser> {
  const columns = {
    name: changes.name,
    picture: changes.picture,
    email: changes.email,
    userType: changes.user_type,
    isAdmin: changes.is_admin,
    isMaintainer: changes.is_maintainer,
    projectLimit: changes.project_limit,
  };
  return Object.fromEntries(Object.entries(columns).filter(([, value]) => value !== undefined));
}

async function checkRevocation(user: ManagedUser, actorId: string, store: ManagedStore): Promise<void> {
  if (user.id === actorId) refuse(403, 'Cannot revoke own admin status');
  if ((await store.countActiveAdmins()) <= 1)
    refuse(403, 'Cannot revoke last admin - system must have at least one admin');
}

function checkLimit(limit: number | null, user: ManagedUser, actorId: string): void {
  if (limit === null && !user.isAdmin) refuse(400, 'Only admins can have unlimited project_limit (NULL)');
  if (limit === null) return;
  if (user.id === actorId && (user.isAdmin || user.isMaintainer))
    refuse(403, 'Super admins cannot modify their own project limit (always unlimited)');
  if (limit < 0) refuse(400, 'Invalid project_limit: must be non-negative integer or NULL');
  // The platform lets its database refuse more than 32 bits.
  if (limit >= 2 ** 31) throw new Refusal(SERVER_ERROR);
}

function userTypeOf(given: string): string {
  const type = given.toLowerCase().trim();
  if (['regular', 'external'].includes(type)) return type;
  return refuse(400, 'Invalid user_type', "user_type must be either 'regular' or 'external'");
}
