import { describe, expect, it } from 'vitest';
import { createMemoryManagedStore } from '../../src/sandbox/managed/memory.ts';
import { seedRows } from '../../src/sandbox/managed/seed.ts';
import { type ManagedApi, managedApi, PERSON, problemBody } from '../support/managed-api.ts';
import { managedUser } from '../support/managed-store.ts';

const NO_ADMIN = problemBody(
  'Access denied',
  'This action requires administrator or maintainer privileges.',
  'If you believe you should have elevated access, please contact your system administrator or check your account settings.',
);

const NO_MAINTAINER = problemBody(
  'Access denied',
  'Only maintainers can modify admin or maintainer roles',
  'Contact a maintainer to request platform role changes',
);

/** A platform where bob is an administrator and grace a maintainer. */
async function withAdministrator(): Promise<ManagedApi> {
  const api = await managedApi();
  expect((await api.ask('grace', 'PUT /v1/admin/users/{bob}', { is_admin: true })).status).toBe(200);
  return api;
}

describe('the list of users', () => {
  it('shows everyone all users; plain users see only projects that they share', async () => {
    const { ask } = await managedApi();
    const projects = async (user: string): Promise<unknown> => {
      const { status, body } = await ask(user, 'GET /v1/admin/users');
      expect([status, body.pagination]).toEqual([200, { total: 4, page: 0, per_page: 20 }]);
      return body.data.map((one: { username: string; projects: { name: string }[] }) => [
        one.username,
        one.projects.map(({ name }) => name),
      ]);
    };
    const all = [
      ['ada', ['ada@sandbox.example', 'analytical-engine', 'difference-engine']],
      ['bob', ['analytical-engine', 'bob@sandbox.example']],
      ['eve', ['eve@sandbox.example']],
      ['grace', ['compilers', 'grace@sandbox.example']],
    ];
    expect(await projects('grace')).toEqual(all);
    // An administrator of one project counts as one here, as on the platform.
    expect(await projects('ada')).toEqual(all);
    expect(await projects('bob')).toEqual([
      ['ada', ['analytical-engine']],
      ['bob', ['analytical-engine', 'bob@sandbox.example']],
      ['eve', []],
      ['grace', []],
    ]);
  });

  it.each([
    ['page=1&per_page=3', ['grace']],
    ['search=BOB', ['bob']],
    ['filters={"projects":["analytical-engine"]}', ['ada', 'bob']],
    ['filters={"platform_role":"platform_admin"}', ['ada']],
    ['filters={"platform_role":"user","projects":["analytical-engine"]}', ['ada', 'bob']],
    ['filters={"platform_role":"admin"}', ['grace']],
    ['filters={"is_active":false}', []],
    ['filters={"budgets":["any"]}', []],
    ['filters={"user_type":"external"}', []],
    ['filters={"projects":[],"search":"ignored"}', ['ada', 'bob', 'eve', 'grace']],
  ])('filtered by %s', async (query, names) => {
    const { ask } = await managedApi();
    const { body } = await ask('grace', `GET /v1/admin/users?${query}`);
    expect(body.data.map(({ username }: { username: string }) => username)).toEqual(names);
  });

  it('refuses filters that are not JSON, and a filter by administrators for others', async () => {
    const { ask } = await managedApi();
    expect(await ask('grace', 'GET /v1/admin/users?filters=x')).toEqual({
      status: 400,
      body: problemBody(
        'Invalid filters',
        'filters must be a valid JSON object',
        'Example: filters={"projects":["proj1"],"is_active":true}',
      ),
    });
    expect((await ask('grace', 'GET /v1/admin/users?filters={"platform_role":"boss"}')).status).toBe(500);
    const filter = (more: string): string => `GET /v1/admin/users?filters={"platform_role":"admin"${more}}`;
    expect(await ask('bob', filter(''))).toEqual({
      status: 403,
      body: problemBody('Access denied: only admins can filter by admin role'),
    });
    expect((await ask('bob', filter(',"projects":["analytical-engine"]'))).status).toBe(200);
  });
});

describe('the page of a user', () => {
  it('is for administrators, and for those of one of the user’s projects', async () => {
    const { ask } = await managedApi();
    const detail = await ask('grace', 'GET /v1/admin/users/{bob}');
    expect(detail).toEqual({
      status: 200,
      body: {
        id: PERSON['bob'],
        username: 'bob',
        email: 'bob@sandbox.example',
        name: 'Bob Babbage',
        picture: '',
        user_type: 'regular',
        is_active: true,
        is_admin: false,
        is_maintainer: false,
        auth_source: 'keycloak',
        email_verified: true,
        last_login_at: null,
        projects: [
          { name: 'analytical-engine', display_name: null, is_project_admin: false },
          { name: 'bob@sandbox.example', display_name: null, is_project_admin: false },
        ],
        project_limit: 3,
        knowledge_bases: [],
        date: '2026-01-01T08:04:00.000000',
        update_date: '2026-01-01T08:04:00.000000',
        deleted_at: null,
      },
    });
    expect(await ask('ada', 'GET /v1/admin/users/{bob}')).toEqual({
      status: 403,
      body: problemBody(
        'User not found in your projects',
        'You can only view details for users who are members of projects you administer.',
        "Contact an administrator if you need access to this user's information.",
      ),
    });
    await ask('grace', 'POST /v1/projects/difference-engine/assignment', {
      user_id: PERSON['bob'],
      is_project_admin: false,
    });
    const forAda = await ask('ada', 'GET /v1/admin/users/{bob}');
    expect(forAda.body.projects.map(({ name }: { name: string }) => name)).toEqual([
      'analytical-engine',
      'difference-engine',
    ]);
    expect((await ask('bob', 'GET /v1/admin/users/{bob}')).status).toBe(403);
    expect(await ask('ada', 'GET /v1/admin/users/11111111-1111-4111-8111-111111111119')).toEqual({
      status: 404,
      body: problemBody('User not found'),
    });
  });
});

describe('roles', () => {
  it('only a maintainer changes who is an administrator or a maintainer', async () => {
    const { ask } = await withAdministrator();
    for (const change of [{ is_admin: true }, { is_maintainer: true }, { is_admin: false, name: 'Eve' }])
      expect(await ask('bob', 'PUT /v1/admin/users/{eve}', change)).toEqual({
        status: 403,
        body: NO_MAINTAINER,
      });
    expect((await ask('bob', 'PUT /v1/admin/users/{bob}', { is_maintainer: true })).status).toBe(403);
    expect(await ask('ada', 'PUT /v1/admin/users/{eve}', { is_admin: true })).toEqual({
      status: 403,
      body: NO_ADMIN,
    });
    expect((await ask('grace', 'GET /v1/admin/users/{eve}')).body).toMatchObject({
      is_admin: false,
      is_maintainer: false,
      name: 'Eve Outsider',
    });
  });

  it('a maintainer becomes an administrator too, and loses the limit', async () => {
    const { ask } = await managedApi();
    const { body } = await ask('grace', 'PUT /v1/admin/users/{eve}', {
      is_maintainer: true,
      project_limit: 9,
    });
    expect(body).toMatchObject({ is_admin: true, is_maintainer: true, project_limit: null });
    expect((await ask('eve', 'GET /v1/user')).body).toMatchObject({
      is_admin: true,
      is_maintainer: true,
      project_limit: null,
    });
    expect((await ask('eve', 'PUT /v1/admin/users/{ada}', { is_admin: true })).status).toBe(200);
  });

  it('an administrator may do what a plain user may not, except what only maintainers may', async () => {
    const { ask } = await withAdministrator();
    expect((await ask('bob', 'PUT /v1/admin/users/{eve}', { name: 'Eve E.' })).status).toBe(200);
    expect((await ask('bob', 'GET /v1/admin/applications')).status).toBe(200);
    expect(await ask('bob', 'GET /v1/admin/activity-events')).toEqual({
      status: 403,
      body: problemBody(
        'Access denied',
        'This action requires maintainer privileges.',
        'If you believe you should have maintainer access, please contact your system administrator.',
      ),
    });
  });

  it('nobody takes away their own administration, and an administrator who stops has a limit of 3', async () => {
    const { ask } = await managedApi({ access: 'platform', platform: { projectLimit: 7 } });
    expect(await ask('grace', 'PUT /v1/admin/users/{grace}', { is_admin: false })).toEqual({
      status: 403,
      body: problemBody('Cannot revoke own admin status'),
    });
    await ask('grace', 'PUT /v1/admin/users/{eve}', { is_admin: true });
    const { body } = await ask('grace', 'PUT /v1/admin/users/{eve}', { is_admin: false });
    expect(body).toMatchObject({ is_admin: false, project_limit: 3 });
  });

  it('the last administrator stays one, even for a maintainer who is none', async () => {
    const rows = seedRows({ authSource: 'keycloak', projectLimit: 3 });
    const managed = createMemoryManagedStore(rows);
    // A row can say so after a change by hand.
    await managed.updateUser(PERSON['bob'] ?? '', { isMaintainer: true });
    const { ask } = await managedApi({ access: 'platform', managed });
    expect(await ask('bob', 'PUT /v1/admin/users/{grace}', { is_admin: false })).toEqual({
      status: 403,
      body: problemBody('Cannot revoke last admin - system must have at least one admin'),
    });
    const last = {
      status: 403,
      body: problemBody('Cannot deactivate last admin - system must have at least one admin'),
    };
    expect(await ask('bob', 'DELETE /v1/admin/users/{grace}')).toEqual(last);
    expect(await ask('bob', 'PUT /v1/admin/users/{grace}', { is_active: false })).toEqual(last);
    expect((await ask('grace', 'GET /v1/user')).body.is_admin).toBe(true);
  });
});

describe('a deactivation', () => {
  it('is for ever, hides the user, and ends their sign-in', async () => {
    const { ask } = await managedApi();
    expect((await ask('ada', 'DELETE /v1/admin/users/{eve}')).status).toBe(403);
    expect(await ask('grace', 'DELETE /v1/admin/users/{eve}')).toEqual({
      status: 200,
      body: { message: 'User deactivated successfully' },
    });
    expect(await ask('eve', 'GET /v1/user')).toEqual({
      status: 401,
      body: problemBody('Account is deactivated'),
    });
    expect(await ask('grace', 'PUT /v1/admin/users/{eve}', { is_active: true, name: 'Eve' })).toEqual({
      status: 400,
      body: problemBody('Cannot reactivate user. Reactivation is not supported.'),
    });
    expect((await ask('grace', 'GET /v1/admin/users')).body.pagination.total).toBe(3);
    const { body } = await ask('grace', 'GET /v1/admin/users/{eve}');
    expect([body.is_active, typeof body.deleted_at]).toEqual([false, 'string']);
    expect((await ask('grace', 'DELETE /v1/admin/users/11111111-1111-4111-8111-111111111119')).status).toBe(
      404,
    );
  });

  it('by PUT gives the user, and ignores other fields', async () => {
    const { ask } = await managedApi();
    const { status, body } = await ask('grace', 'PUT /v1/admin/users/{bob}', { is_active: false, name: 'X' });
    expect([status, body.is_active, body.name]).toEqual([200, false, 'Bob Babbage']);
  });
});

describe('a change of a user', () => {
  it.each([
    [{ username: 'new' }, 400, 'Username cannot be changed'],
    [{ email: 'a@b.c' }, 400, 'Email cannot be changed in IDP mode'],
    [{ user_type: 'robot' }, 400, 'Invalid user_type'],
    [{ project_limit: 99_999_999_999 }, 500, 'Internal Server Error'],
    [{ project_limit: -1 }, 400, 'Invalid project_limit: must be non-negative integer or NULL'],
    [{ project_limit: null }, 400, 'Only admins can have unlimited project_limit (NULL)'],
    [{}, 400, 'No fields to update'],
  ])('%j is refused with %d %s', async (change, status, message) => {
    const { ask } = await managedApi();
    const said = await ask('grace', 'PUT /v1/admin/users/{eve}', change);
    expect([said.status, said.body.error.message]).toEqual([status, message]);
  });

  it('stores what may change', async () => {
    const { ask } = await managedApi();
    const change = { name: 'Eve E.', picture: 'p.png', user_type: ' External ', project_limit: '5' };
    const { body } = await ask('grace', 'PUT /v1/admin/users/{eve}', change);
    expect(body).toMatchObject({ name: 'Eve E.', picture: 'p.png', user_type: 'external', project_limit: 5 });
    const own = await ask('grace', 'PUT /v1/admin/users/{grace}', { project_limit: 5 });
    expect([own.status, own.body.error.message]).toEqual([
      403,
      'Super admins cannot modify their own project limit (always unlimited)',
    ]);
    const nobody = await ask('grace', 'PUT /v1/admin/users/11111111-1111-4111-8111-111111111119', {
      name: 'x',
    });
    expect([nobody.status, nobody.body]).toEqual([404, problemBody('User not found')]);
  });
});

describe('accounts of the platform’s own', () => {
  const NEW = { email: 'fay@new.example', username: 'fay', password: 'a-long-password' };

  it('are made by a maintainer, and sign in with their password', async () => {
    const { ask, sandbox } = await managedApi({ signIn: 'local', platform: { projectLimit: 5 } });
    const made = await ask('grace', 'POST /v1/admin/users', NEW);
    expect(made.status).toBe(200);
    expect(made.body).toMatchObject({
      username: 'fay',
      name: 'fay',
      auth_source: 'local',
      project_limit: 5,
      projects: [],
    });
    const login = async (password: string): Promise<Response> =>
      fetch(`${sandbox.apiUrl}/v1/local-auth/login`, {
        method: 'POST',
        body: JSON.stringify({ email: 'FAY@new.example', password }),
      });
    expect((await login('wrong-password')).status).toBe(401);
    const { access_token } = (await (await login(NEW.password)).json()) as { access_token: string };
    const headers = { authorization: `Bearer ${access_token}` };
    const user = (await (await fetch(`${sandbox.apiUrl}/v1/user`, { headers })).json()) as object;
    expect(user).toMatchObject({ username: 'fay', applications: ['fay@new.example'], project_limit: 5 });

    expect(
      (await ask('grace', `PUT /v1/admin/users/${made.body.id}/password`, { new_password: 'short' })).body,
    ).toEqual(problemBody('Password must be at least 12 characters'));
    const change = { new_password: 'another-password' };
    expect((await ask('grace', `PUT /v1/admin/users/${made.body.id}/password`, change)).body).toEqual({
      message: 'Password changed successfully',
    });
    expect([(await login(NEW.password)).status, (await login('another-password')).status]).toEqual([
      401, 200,
    ]);
  });

  it('need a free email and username, and no administrator makes them without being a maintainer', async () => {
    const { ask } = await managedApi({ signIn: 'local' });
    const make = (more: object): ReturnType<typeof ask> =>
      ask('grace', 'POST /v1/admin/users', { ...NEW, ...more });
    expect((await make({ email: 'ADA@sandbox.example' })).body).toEqual(
      problemBody('Email already registered'),
    );
    expect((await make({ username: 'Ada' })).body).toEqual(problemBody('Username already taken'));
    await ask('grace', 'PUT /v1/admin/users/{bob}', { is_admin: true });
    expect(await ask('bob', 'POST /v1/admin/users', NEW)).toEqual({ status: 403, body: NO_MAINTAINER });
    expect((await ask('ada', 'POST /v1/admin/users', NEW)).status).toBe(403);
  });

  it('do not exist where an identity provider signs people in', async () => {
    const { ask } = await managedApi();
    expect(await ask('grace', 'POST /v1/admin/users', NEW)).toEqual({
      status: 400,
      body: problemBody('User creation only available in local auth mode'),
    });
  });
});

describe('projects and knowledge bases of a user', () => {
  const PROJECTS = '/v1/admin/users/{eve}/projects';

  it('are granted, changed and taken away', async () => {
    const { ask } = await managedApi();
    const grant = { project_name: 'analytical-engine' };
    expect(await ask('grace', `POST ${PROJECTS}`, grant)).toEqual({
      status: 200,
      body: { message: 'Project access granted successfully' },
    });
    expect((await ask('grace', `POST ${PROJECTS}`, grant)).body).toEqual(
      problemBody('User already has access to this project'),
    );
    expect(
      (await ask('grace', `PUT ${PROJECTS}/analytical-engine`, { is_project_admin: true })).body,
    ).toEqual({
      message: 'Project access updated successfully',
    });
    const { body } = await ask('grace', `GET ${PROJECTS}`);
    expect(
      body.projects.map((one: object) => ({ ...one, date: typeof (one as { date: unknown }).date })),
    ).toEqual([
      { project_name: 'eve@sandbox.example', is_project_admin: false, date: 'string' },
      { project_name: 'analytical-engine', is_project_admin: true, date: 'string' },
    ]);
    expect((await ask('grace', `DELETE ${PROJECTS}/analytical-engine`)).body).toEqual({
      message: 'Project access removed successfully',
    });
    for (const request of [`DELETE ${PROJECTS}/analytical-engine`, `PUT ${PROJECTS}/compilers`])
      expect(await ask('grace', request, { is_project_admin: true })).toEqual({
        status: 404,
        body: problemBody('User does not have access to this project'),
      });
  });

  it('a project that does not exist is made; a personal one is closed', async () => {
    const { ask } = await managedApi();
    await ask('grace', `POST ${PROJECTS}`, { project_name: 'Fresh Name' });
    expect((await ask('eve', 'GET /v1/user')).body.applications).toContain('Fresh Name');
    expect((await ask('grace', 'GET /v1/projects/Fresh%20Name')).body).toMatchObject({ created_by: null });
    for (const request of [`POST ${PROJECTS}`, `DELETE ${PROJECTS}/ada@sandbox.example`])
      expect(await ask('grace', request, { project_name: 'ada@sandbox.example' })).toEqual({
        status: 403,
        body: problemBody('Cannot modify membership of a personal project'),
      });
  });

  it('knowledge bases', async () => {
    const { ask } = await managedApi();
    const path = '/v1/admin/users/{eve}/knowledge-bases';
    expect((await ask('grace', `POST ${path}`, { kb_name: 'wiki' })).body).toEqual({
      message: 'Knowledge base access granted successfully',
    });
    expect((await ask('grace', `POST ${path}`, { kb_name: 'wiki' })).status).toBe(409);
    expect((await ask('eve', 'GET /v1/user')).body.knowledge_bases).toEqual(['wiki']);
    expect((await ask('grace', `GET ${path}`)).body.knowledge_bases[0].kb_name).toBe('wiki');
    expect((await ask('grace', `DELETE ${path}/wiki`)).status).toBe(200);
    expect((await ask('grace', `DELETE ${path}/wiki`)).body).toEqual(
      problemBody('User does not have access to this knowledge base'),
    );
  });

  it('are for administrators of the platform', async () => {
    const { ask } = await managedApi();
    for (const request of [
      `GET ${PROJECTS}`,
      `POST ${PROJECTS}`,
      `PUT ${PROJECTS}/x`,
      `DELETE ${PROJECTS}/x`,
      'GET /v1/admin/users/{eve}/knowledge-bases',
      'POST /v1/admin/users/{eve}/knowledge-bases',
      'DELETE /v1/admin/users/{eve}/knowledge-bases/x',
      'PUT /v1/admin/users/{eve}/password',
    ]) {
      const init = request.startsWith('P') ? { project_name: 'x', kb_name: 'x' } : undefined;
      expect([request, await ask('ada', request, init)]).toEqual([request, { status: 403, body: NO_ADMIN }]);
    }
  });
});

describe('the limit of shared projects', () => {
  const FULL = managedUser(1, 'full', { projectLimit: 1 });

  it('USER_PROJECT_LIMIT is stored with the row; an assignment beyond it is refused, and administrators are exempt', async () => {
    const { ask } = await managedApi({ access: 'platform', platform: { projectLimit: 2 } });
    const grant = (user: string, project_name: string): ReturnType<typeof ask> =>
      ask('grace', `POST /v1/admin/users/{${user}}/projects`, { project_name });
    expect((await grant('eve', 'one')).status).toBe(200);
    expect((await grant('eve', 'two')).status).toBe(200);
    expect(await grant('eve', 'three')).toEqual({
      status: 403,
      body: problemBody(
        'Project assignment limit reached',
        `Users with as many shared projects as they may have: ['${PERSON['eve']}']`,
        'Raise the project limit of the user, or remove the user from another project',
      ),
    });
    expect((await ask('grace', 'GET /v1/projects/three')).status).toBe(404);
    for (const project of ['one', 'two', 'three', 'four'])
      expect((await grant('grace', project)).status).toBe(200);
    await ask('grace', 'PUT /v1/admin/users/{eve}', { project_limit: 3 });
    expect((await grant('eve', 'three')).status).toBe(200);
  });

  it('holds for single, bulk and file assignments alike, and changes nothing for anybody', async () => {
    const managed = createMemoryManagedStore(seedRows({ authSource: 'keycloak', projectLimit: 3 }));
    await managed.addUser(FULL);
    await managed.setMemberships(
      [{ userId: FULL.id, project: 'analytical-engine', isProjectAdmin: false, date: null }],
      '',
    );
    const { ask, send } = await managedApi({ access: 'platform', managed });
    const path = '/v1/projects/compilers';
    const users = [PERSON['eve'], FULL.id].map((user_id) => ({ user_id, is_project_admin: false }));
    expect((await ask('grace', `POST ${path}/assignment`, users[1])).status).toBe(403);
    expect((await ask('grace', `POST ${path}/assignments`, { users })).body.error.details).toContain(FULL.id);
    const body = new FormData();
    body.set(
      'file',
      new Blob(['email,role\neve@sandbox.example,user\nfull@example.com,user\n']),
      'users.csv',
    );
    const dry = (await (
      await send('grace', `POST ${path}/import-users/validate`, { body })
    ).json()) as object;
    expect(dry).toEqual({
      users: [
        { email: 'eve@sandbox.example', role: 'user', error: null },
        {
          email: 'full@example.com',
          role: 'user',
          error: "Project assignment limit reached: 'full@example.com'",
        },
      ],
    });
    expect((await send('grace', `POST ${path}/import-users`, { body })).status).toBe(422);
    expect((await ask('grace', `GET ${path}`)).body.user_count).toBe(1);
    // A change of role adds no project.
    expect(
      (await ask('grace', 'POST /v1/projects/analytical-engine/assignments', { users: users.slice(1) }))
        .status,
    ).toBe(200);
  });
});
