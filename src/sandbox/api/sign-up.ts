import { DuplicateRow, type ManagedStore, type ManagedUser } from '../managed/store.ts';
import type { ApiOptions } from '../options.ts';
import { type Account, accountFromRows, isAdminBy } from './account.ts';
import { projectEvent, userEvent } from './activity.ts';
import { AUTHENTICATION_FAILED, DEACTIVATED } from './answers.ts';
import type { Identity } from './identity.ts';
import { newUser } from './new-user.ts';
import { Refusal, refuseWith } from './refusal.ts';
import { stamp } from './stamp.ts';

export type SignUpOptions = Pick<ApiOptions, 'managed' | 'mode' | 'platform' | 'now'>;

/**
 * Signs a person in to a platform that manages its users. The first sign-in makes their row, with roles and projects
 * from the identity; later ones change only email, name and picture.
 *
 * @throws Refusal (401) for a deactivated user, or when someone else has the username or email.
 */
export async function signUp(identity: Identity, options: SignUpOptions): Promise<Account> {
  const { managed } = options;
  const known = await managed.user(identity.id);
  if (known !== undefined && !isOutdated(known, identity)) return enter(known, options);
  const user = await managed
    .transaction((store) => stored(identity, store, options))
    .catch(async (error: unknown) => {
      if (!(error instanceof DuplicateRow)) throw error;
      // Another process was faster with the same person, or somebody else has the username or the email. For the
      // latter the platform gives no other reason.
      const made = known === undefined ? await managed.user(identity.id) : undefined;
      return made ?? refuseWith(AUTHENTICATION_FAILED);
    });
  return enter(user, options);
}

/**
 * @returns the account of a user who has just shown who they are, with their personal project.
 * @throws Refusal (401) for a deactivated user.
 */
export async function enter(user: ManagedUser, options: SignUpOptions): Promise<Account> {
  const { managed } = options;
  if (!user.isActive || user.deletedAt !== null) throw new Refusal(DEACTIVATED);
  let memberships = await managed.membershipsOf([user.id]);
  const hasOwn = memberships.some(
    ({ project, type, createdBy }) => project === user.email && type === 'personal' && createdBy === user.id,
  );
  if (!hasOwn) {
    await managed
      .transaction((store) => addPersonalProject(user, store, options))
      .catch((error: unknown) => {
        // Another process made it at the same time.
        if (!(error instanceof DuplicateRow)) throw error;
      });
    memberships = await managed.membershipsOf([user.id]);
  }
  return accountFromRows(user, memberships, await managed.knowledgeBasesOf(user.id));
}

async function stored(identity: Identity, store: ManagedStore, options: SignUpOptions): Promise<ManagedUser> {
  // Another request of the same person may have been faster.
  const known = await store.user(identity.id);
  if (known === undefined) return add(identity, store, options);
  if (!isOutdated(known, identity)) return known;
  const changes = { ...profileOf(identity), updateDate: stamp(options.now()) };
  await store.updateUser(known.id, changes);
  if (changes.email !== known.email) await removePersonalProject(known, store, changes.updateDate);
  return { ...known, ...changes };
}

async function add(identity: Identity, store: ManagedStore, options: SignUpOptions): Promise<ManagedUser> {
  const { mode, platform, now } = options;
  const date = stamp(now());
  const user = newUser(
    {
      id: identity.id,
      username: identity.username,
      ...profileOf(identity),
      passwordHash: null,
      userType: identity.userType,
      isAdmin: isAdminBy(identity, platform),
      isMaintainer: false,
    },
    date,
    options,
  );
  await store.addUser(user);
  for (const name of identity.projects) await addProjectNamed(name, store, date);
  // A project that is only in `applications_admin` gives no membership, as on the platform.
  const memberships = identity.projects.map((project) => ({
    userId: user.id,
    project,
    isProjectAdmin: identity.adminProjects.includes(project),
    date,
  }));
  await store.setMemberships(memberships, date);
  for (const name of identity.knowledgeBases) await store.addKnowledgeBase(user.id, { name, date });
  await store.addEvents([userEvent('user.created', user.id, { now, attributes: { auth_source: mode.idp } })]);
  return user;
}

/** Makes a shared project of nobody, unless there is one with this name in any case. */
export async function addProjectNamed(name: string, store: ManagedStore, date: string): Promise<void> {
  if ((await store.projectInAnyCase(name)) !== undefined) return;
  const nothing = { displayName: null, description: null, createdBy: null, deletedAt: null };
  await store.addProject({ name, type: 'shared', ...nothing, date, updateDate: date });
}

/** A project of another kind with this name becomes the personal one, unless others are in it. */
async function addPersonalProject(
  { id, email }: ManagedUser,
  store: ManagedStore,
  { now }: SignUpOptions,
): Promise<void> {
  const date = stamp(now());
  const members = await store.membersOf(email);
  if (members.some(({ userId }) => userId !== id)) return;
  await addProjectNamed(email, store, date);
  const type = 'personal' as const;
  const description = `Personal Project for ${email}`;
  await store.updateProject(email, { type, createdBy: id, description, updateDate: date });
  if (members.length === 0)
    await store.setMemberships([{ userId: id, project: email, isProjectAdmin: false, date }], date);
  const attributes = { project_type: type };
  await store.addEvents([projectEvent('project.created', email, { now, actorId: id, attributes })]);
}

async function removePersonalProject(
  { id, email }: ManagedUser,
  store: ManagedStore,
  date: string,
): Promise<void> {
  const project = await store.project(email);
  if (project?.type !== 'personal' || project.createdBy !== id) return;
  await store.updateProject(email, { deletedAt: date });
  await store.removeMemberships(email, [id]);
}

function isOutdated(user: ManagedUser, identity: Identity): boolean {
  const { email, name, picture } = profileOf(identity);
  return user.email !== email || user.name !== name || user.picture !== picture;
}

function profileOf({
  username,
  email,
  name,
  picture,
}: Identity): Pick<ManagedUser, 'email' | 'name' | 'picture'> {
  return { email: email === '' ? username : email, name, picture };
}
