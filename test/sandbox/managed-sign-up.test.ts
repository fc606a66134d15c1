import { describe, expect, it } from 'vitest';
import { identityFrom } from '../../src/sandbox/api/identity.ts';
import { type SignUpOptions, signUp } from '../../src/sandbox/api/sign-up.ts';
import { createMemoryManagedStore } from '../../src/sandbox/managed/memory.ts';
import { DuplicateRow, type ManagedStore } from '../../src/sandbox/managed/store.ts';
import { managedApi, PERSON, problemBody } from '../support/managed-api.ts';
import { managedProject, managedUser } from '../support/managed-store.ts';

const ID = '22222222-2222-4222-8222-222222222221';
const NOW = Date.parse('2026-05-06T07:08:09.123Z');

const CLAIMS = {
  sub: ID,
  preferred_username: 'ann',
  name: 'ann Example',
  email: 'ann@example.com',
  realm_access: { roles: ['developer'] },
  applications: ['alpha, Beta', 'alpha'],
  applications_admin: ['alpha', 'only-administered'],
  knowledge_bases: 'wiki',
};

function signIn(
  managed: ManagedStore,
  claims: object = {},
  platform: Partial<SignUpOptions['platform']> = {},
): ReturnType<typeof signUp> {
  return signUp(identityFrom({ ...CLAIMS, ...claims }), {
    managed,
    mode: { idp: 'keycloak', userManagement: true },
    platform: { projectLimit: 4, adminRole: 'admin', adminUserId: '', ...platform },
    now: () => NOW,
  });
}

describe('the first sign-in', () => {
  it('makes the row, the projects and the personal project from the claims', async () => {
    const managed = createMemoryManagedStore();
    await managed.addProject(managedProject('BETA'));
    const account = await signIn(managed);
    expect(account).toMatchObject({
      projects: ['alpha', 'Beta', 'ann@example.com'],
      adminProjects: ['alpha'],
      knowledgeBases: ['wiki'],
      isAdmin: false,
      projectLimit: 4,
    });
    const date = '2026-05-06T07:08:09.123000';
    expect(await managed.user(ID)).toEqual(
      managedUser(1, 'ann', { picture: '', projectLimit: 4, date, updateDate: date }),
    );
    // The platform finds a project in any case and keeps the spelling of the claim for the membership.
    expect(await managed.project('Beta')).toBeUndefined();
    expect(await managed.project('alpha')).toMatchObject({ type: 'shared', createdBy: null });
    expect(await managed.project('ann@example.com')).toMatchObject({
      type: 'personal',
      createdBy: ID,
      description: 'Personal Project for ann@example.com',
    });
    const { rows } = await managed.listEvents({ offset: 0, limit: 9 });
    expect(rows.map(({ eventType, actorId, attributes }) => [eventType, actorId, attributes])).toEqual([
      ['project.created', ID, { project_type: 'personal' }],
      ['user.created', null, { auth_source: 'keycloak' }],
    ]);
  });

  it.each([
    ['ADMIN_ROLE_NAME', { realm_access: { roles: ['boss'] } }, { adminRole: 'boss' }],
    ['ADMIN_USER_ID', {}, { adminUserId: ID }],
  ])('makes an administrator by %s, never a maintainer', async (_variable, claims, platform) => {
    const managed = createMemoryManagedStore();
    await signIn(managed, claims, platform);
    expect(await managed.user(ID)).toMatchObject({ isAdmin: true, isMaintainer: false, projectLimit: null });
  });

  it('happens once, however many requests arrive together', async () => {
    const managed = createMemoryManagedStore();
    const accounts = await Promise.all([signIn(managed), signIn(managed), signIn(managed)]);
    expect(new Set(accounts.map(({ projects }) => projects.join())).size).toBe(1);
    expect((await managed.listEvents({ offset: 0, limit: 9, eventTypes: ['user.created'] })).total).toBe(1);
  });

  it('takes the row that another process made in the same moment', async () => {
    const managed = createMemoryManagedStore();
    await signIn(managed);
    await managed.updateUser(ID, { projectLimit: 9 });
    let hidden = true;
    const late: ManagedStore = {
      ...managed,
      user: async (id) => (hidden ? undefined : managed.user(id)),
      transaction: async () => {
        hidden = false;
        throw new DuplicateRow('made elsewhere');
      },
    };
    expect(await signIn(late)).toMatchObject({
      projectLimit: 9,
      projects: ['alpha', 'Beta', 'ann@example.com'],
    });
  });

  it('fails when somebody else has the email, also someone deleted', async () => {
    const managed = createMemoryManagedStore();
    await managed.addUser(
      managedUser(2, 'ann-2', { email: 'ann@example.com', deletedAt: 'x', isActive: false }),
    );
    await expect(signIn(managed)).rejects.toMatchObject({ answer: { status: 401 } });
    expect(await managed.user(ID)).toBeUndefined();
    expect(await managed.project('alpha')).toBeUndefined();
  });

  it('takes a shared project named like the email, unless others are in it', async () => {
    const managed = createMemoryManagedStore();
    await managed.addUser(managedUser(2, 'ben'));
    await managed.addProject(managedProject('ann@example.com'));
    await managed.setMemberships(
      [{ userId: managedUser(2, 'ben').id, project: 'ann@example.com', isProjectAdmin: false, date: null }],
      '',
    );
    expect((await signIn(managed)).projects).toEqual(['alpha', 'Beta']);
    await managed.removeMemberships('ann@example.com', [managedUser(2, 'ben').id]);
    expect((await signIn(managed)).projects).toEqual(['alpha', 'Beta', 'ann@example.com']);
  });

  it('without an email uses the username', async () => {
    const managed = createMemoryManagedStore();
    expect((await signIn(managed, { email: '' })).email).toBe('ann');
  });
});

describe('a later sign-in', () => {
  it('changes email, name and picture; roles, type and projects stay as they were', async () => {
    const managed = createMemoryManagedStore();
    await signIn(managed);
    const account = await signIn(managed, {
      email: 'new@example.com',
      name: 'Ann New',
      picture: 'p.png',
      realm_access: { roles: ['admin'] },
      user_type: 'external',
      applications: ['gamma'],
      applications_admin: [],
    });
    expect(account).toMatchObject({
      email: 'new@example.com',
      name: 'Ann New',
      picture: 'p.png',
      isAdmin: false,
      userType: 'regular',
      projects: ['alpha', 'Beta', 'new@example.com'],
      adminProjects: ['alpha'],
    });
    expect((await managed.project('ann@example.com'))?.deletedAt).toBe('2026-05-06T07:08:09.123000');
  });

  it('brings no membership back that was removed, and no role', async () => {
    const managed = createMemoryManagedStore();
    await signIn(managed);
    await managed.removeMemberships('alpha', [ID]);
    await managed.updateUser(ID, { isAdmin: true, projectLimit: null });
    expect(await signIn(managed)).toMatchObject({ projects: ['Beta', 'ann@example.com'], isAdmin: true });
  });
});

describe('where roles and projects come from', () => {
  it('the platform ignores the claims of a known user; a Keycloak-managed one reads them every time', async () => {
    const platform = await managedApi({ access: 'platform' });
    await platform.ask('grace', 'PUT /v1/admin/users/{bob}', { is_admin: true });
    await platform.ask('grace', 'POST /v1/admin/users/{bob}/projects', { project_name: 'compilers' });
    expect((await platform.ask('bob', 'GET /v1/user')).body).toMatchObject({
      is_admin: true,
      applications: ['analytical-engine', 'bob@sandbox.example', 'compilers'],
    });
    const keycloak = await managedApi({ access: 'keycloak' });
    expect((await keycloak.ask('ada', 'GET /v1/user')).body).toMatchObject({
      is_admin: false,
      is_maintainer: false,
      project_limit: null,
      applications: ['analytical-engine', 'ada@sandbox.example'],
      applications_admin: ['difference-engine'],
    });
    expect((await keycloak.ask('grace', 'GET /v1/user')).body).toMatchObject({
      is_admin: true,
      is_maintainer: false,
    });
  });

  it('a Keycloak-managed platform finds its administrators by role name or user ID', async () => {
    const { ask } = await managedApi({
      access: 'keycloak',
      platform: { adminRole: 'researcher', adminUserId: PERSON['eve'] ?? '' },
    });
    const isAdmin = async (user: string): Promise<unknown> => (await ask(user, 'GET /v1/user')).body.is_admin;
    expect([await isAdmin('ada'), await isAdmin('bob'), await isAdmin('eve')]).toEqual([true, false, true]);
  });

  it('a Keycloak-managed platform has no users to manage', async () => {
    const { ask } = await managedApi({ access: 'keycloak' });
    for (const request of [
      'GET /v1/admin/users',
      'PUT /v1/admin/users/{ada}',
      'GET /v1/admin/users/{ada}/projects',
      'GET /v1/admin/activity-events',
    ])
      expect([request, await ask('grace', request)]).toEqual([
        request,
        { status: 404, body: { detail: 'Not Found' } },
      ]);
    const body = {
      name: 'new-one',
      description: 'x',
      user_id: PERSON['bob'],
      is_project_admin: true,
      users: [],
    };
    for (const request of [
      'GET /v1/projects',
      'POST /v1/projects',
      'GET /v1/projects/compilers',
      'PATCH /v1/projects/compilers',
      'DELETE /v1/projects/compilers',
      'POST /v1/projects/compilers/assignment',
      'POST /v1/projects/compilers/assignments',
      'DELETE /v1/projects/compilers/assignments',
      'POST /v1/projects/compilers/import-users',
    ]) {
      const said = await ask('grace', request, request.startsWith('GET') ? undefined : body);
      expect([request, said]).toEqual([
        request,
        { status: 400, body: problemBody('User management not enabled') },
      ]);
    }
    expect((await ask('grace', 'GET /v1/admin/applications')).status).toBe(200);
  });

  it('an unknown type of user is refused', () => {
    expect(() => identityFrom({ ...CLAIMS, user_type: ['robot'] })).toThrow('refused with 401');
    expect(identityFrom({ ...CLAIMS, user_type: [' External '] }).userType).toBe('external');
  });
});
