import { describe, expect, it } from 'vitest';
import { type ManagedApi, managedApi, PERSON, problemBody, type Said } from '../support/managed-api.ts';

const NOT_FOUND = { status: 404, body: problemBody('Project not found') };
const NOBODY = '11111111-1111-4111-8111-111111111119';

function file(text: string | Uint8Array<ArrayBuffer>, field = 'file'): { body: FormData } {
  const body = new FormData();
  body.set(field, new Blob([text]), 'users.csv');
  return { body };
}

async function create(api: ManagedApi, user: string, name: string, more: object = {}): Promise<Said> {
  return api.ask(user, 'POST /v1/projects', { name, description: `About ${name}`, ...more });
}

describe('creating a project', () => {
  it('makes a shared project with its creator as administrator', async () => {
    const api = await managedApi();
    const { status, body } = await create(api, 'eve', 'eve-lab', { display_name: ' Eve’s Lab ' });
    expect(status).toBe(201);
    expect(body).toEqual({
      name: 'eve-lab',
      display_name: 'Eve’s Lab',
      description: 'About eve-lab',
      project_type: 'shared',
      created_by: PERSON['eve'],
      created_at: body.created_at,
      cost_center_id: null,
      cost_center_name: null,
      enforce_member_spend_limits: false,
    });
    expect((await api.ask('eve', 'GET /v1/user')).body.projects).toContainEqual({
      name: 'eve-lab',
      display_name: 'Eve’s Lab',
      is_project_admin: true,
    });
    const twice = await create(api, 'eve', 'eve-lab');
    expect(twice).toEqual({
      status: 409,
      body: problemBody("Project 'eve-lab' already exists. Please choose a different name."),
    });
  });

  it.each([
    ['ab', 'Project name must be at least 3 characters'],
    ['a'.repeat(101), 'Project name cannot exceed 100 characters'],
    ['demo', "Project name 'demo' is reserved and cannot be used"],
    [
      'Big-Name',
      'Invalid project name. Must be 3-100 lowercase alphanumeric characters (underscore/hyphen allowed), cannot contain uppercase letters, cannot start with special character, and cannot use reserved names (admin, system, root, api, null, undefined, default, test, demo)',
    ],
  ])('refuses the name %s', async (name, message) => {
    expect(await create(await managedApi(), 'eve', name)).toEqual({
      status: 400,
      body: problemBody(message),
    });
  });

  it.each([
    [{ description: ' ' }, 400, 'Project description is required'],
    [{ description: 'x'.repeat(501) }, 400, 'Project description cannot exceed 500 characters'],
    [{ display_name: 'x'.repeat(151) }, 400, 'Project display name cannot exceed 150 characters'],
    [{ cost_center_id: NOBODY }, 404, 'Selected cost center not found'],
    [{ description: undefined }, 422, 'description: Field required'],
  ])('refuses %j', async (more, status, message) => {
    const said = await create(await managedApi(), 'eve', 'eve-lab', more);
    expect([said.status, said.body.error.message]).toEqual([status, message]);
  });

  it('ends at the limit in the user’s row, and an administrator has none', async () => {
    const api = await managedApi({ access: 'platform', platform: { projectLimit: 1 } });
    expect((await create(api, 'eve', 'first')).status).toBe(201);
    expect(await create(api, 'eve', 'second')).toEqual({
      status: 403,
      body: problemBody(
        'Project creation limit reached (1/1). Contact administrator to increase your limit.',
      ),
    });
    await api.ask('grace', 'PUT /v1/admin/users/{eve}', { project_limit: 0 });
    expect((await create(api, 'eve', 'second')).body).toEqual(
      problemBody('Project creation limit reached (1/0). Delete 1 or more projects to create new ones.'),
    );
    for (const name of ['one', 'two', 'three', 'four'])
      expect((await create(api, 'grace', name)).status).toBe(201);
  });

  it('counts as an assignment, so projects that others gave the user count too', async () => {
    const api = await managedApi();
    // Ada is in two shared projects, neither of which she created.
    expect((await create(api, 'ada', 'third')).status).toBe(201);
    const { status, body } = await create(api, 'ada', 'fourth');
    expect([status, body.error.message]).toEqual([403, 'Project assignment limit reached']);
  });
});

describe('the list of projects', () => {
  const names = ({ body }: Said): readonly string[] => body.data.map(({ name }: { name: string }) => name);

  it('shows everyone their own, and an administrator all; it is searched and sorted', async () => {
    const { ask } = await managedApi();
    expect(names(await ask('ada', 'GET /v1/projects'))).toEqual([
      'ada@sandbox.example',
      'analytical-engine',
      'difference-engine',
    ]);
    const all = await ask('grace', 'GET /v1/projects?per_page=10&sort_by=name&sort_order=desc');
    expect([all.body.pagination, names(all)[0]]).toEqual([
      { total: 8, page: 0, per_page: 10 },
      'grace@sandbox.example',
    ]);
    expect(names(await ask('grace', 'GET /v1/projects?search=ENGINE'))).toEqual([
      'analytical-engine',
      'difference-engine',
    ]);
    const [first] = (await ask('bob', 'GET /v1/projects?include_counters=no&search=analytical')).body.data;
    expect(first).toMatchObject({ user_count: 3, admin_count: 0, counters: null, project_type: 'shared' });
  });

  it('shows the members of one; who is not in it hears that there is none', async () => {
    const { ask } = await managedApi();
    const { body } = await ask('bob', 'GET /v1/projects/analytical-engine');
    expect(body).toMatchObject({ user_count: 3, admin_count: 0, spending: null, spending_widget: null });
    expect(body.members.map((one: { user_id: string }) => one.user_id)).toEqual([
      PERSON['ada'],
      PERSON['bob'],
      PERSON['dan'],
    ]);
    for (const project of ['compilers', 'ada@sandbox.example', 'nowhere'])
      expect(await ask('bob', `GET /v1/projects/${project}`)).toEqual(NOT_FOUND);
    expect((await ask('ada', 'GET /v1/projects/ada%40sandbox.example')).status).toBe(200);
  });

  it('refuses what it cannot do', async () => {
    const { ask } = await managedApi();
    expect((await ask('ada', 'GET /v1/projects?has_assigned_budgets=true')).body).toEqual(
      problemBody('Project budget filtering requires budget enforcement provider configuration'),
    );
    expect((await ask('ada', 'GET /v1/projects?sort_by=size&per_page=101')).body.error.message).toBe(
      "query.per_page: Input should be less than or equal to 100; query.sort_by: Input should be 'name' or 'created_at'",
    );
  });
});

describe('changing a project', () => {
  const PATH = '/v1/projects/difference-engine';

  it('is for its administrators and those of the platform', async () => {
    const { ask } = await managedApi();
    const change = { description: 'New', display_name: 'The Engine' };
    expect((await ask('ada', `PATCH ${PATH}`, change)).body).toMatchObject({
      ...change,
      name: 'difference-engine',
    });
    expect((await ask('grace', `PATCH ${PATH}`, { clear_display_name: true })).body.display_name).toBeNull();
    expect(await ask('bob', `PATCH ${PATH}`, change)).toEqual({
      status: 403,
      body: problemBody('Access denied'),
    });
    expect(await ask('bob', 'PATCH /v1/projects/nowhere', change)).toEqual(NOT_FOUND);
  });

  it('renames only a project without members, to a free name', async () => {
    const { ask } = await managedApi();
    expect((await ask('ada', `PATCH ${PATH}`, { name: 'engine-two' })).body).toEqual(
      problemBody('Project name cannot be changed while users are assigned to it'),
    );
    expect((await ask('ada', `PATCH ${PATH}`, { name: 'compilers' })).status).toBe(409);
    await ask('grace', 'POST /v1/admin/application', { name: 'Empty One' });
    expect((await ask('grace', 'PATCH /v1/projects/Empty%20One', { name: 'full-one' })).body.name).toBe(
      'full-one',
    );
  });

  it.each([
    [{}, 'request: Value error, At least one mutable field must be provided'],
    [
      { display_name: 'x', clear_display_name: true },
      'request: Value error, Provide either display_name or clear_display_name',
    ],
    [
      { cost_center_id: NOBODY, clear_cost_center: true },
      'request: Value error, Provide either cost_center_id or clear_cost_center',
    ],
  ])('refuses %j', async (change, message) => {
    const { ask } = await managedApi();
    const { status, body } = await ask('ada', `PATCH ${PATH}`, change);
    expect([status, body.error.message]).toEqual([422, message]);
  });

  it('deletes one only when nobody but its creator is in it', async () => {
    const api = await managedApi();
    await create(api, 'eve', 'eve-lab');
    const member = { user_id: PERSON['bob'], is_project_admin: false };
    await api.ask('eve', 'POST /v1/projects/eve-lab/assignment', member);
    expect((await api.ask('eve', 'DELETE /v1/projects/eve-lab')).body).toEqual(
      problemBody(
        "Project 'eve-lab' cannot be deleted because it has assigned users. Remove all users first.",
        'Assigned users: 1',
      ),
    );
    expect(await api.ask('bob', 'DELETE /v1/projects/eve-lab')).toEqual(NOT_FOUND);
    await api.ask('eve', 'DELETE /v1/projects/eve-lab/assignment/{bob}');
    expect((await api.ask('eve', 'DELETE /v1/projects/eve-lab')).body).toEqual({
      message: "Project 'eve-lab' deleted successfully",
      name: 'eve-lab',
    });
    expect((await api.ask('eve', 'DELETE /v1/projects/eve%40sandbox.example')).body).toEqual(
      problemBody('Cannot delete a personal project'),
    );
  });
});

describe('members of a project', () => {
  const PATH = '/v1/projects/difference-engine';
  const one = (user: string, is_project_admin = false): object => ({
    user_id: PERSON[user],
    is_project_admin,
  });

  it('are assigned, changed and removed one by one', async () => {
    const { ask } = await managedApi();
    expect((await ask('ada', `POST ${PATH}/assignment`, one('bob'))).body).toEqual({
      message: 'User assigned to project successfully',
      ...one('bob'),
      project_name: 'difference-engine',
    });
    expect(await ask('ada', `POST ${PATH}/assignment`, one('bob', true))).toEqual({
      status: 409,
      body: problemBody(
        'User already assigned to project',
        `User '${PERSON['bob']}' is already a member of project 'difference-engine'`,
        "Use PUT endpoint to update user's role instead",
      ),
    });
    expect((await ask('ada', `PUT ${PATH}/assignment/{bob}`, { is_project_admin: true })).body).toEqual({
      message: 'User role updated successfully',
      ...one('bob', true),
      project_name: 'difference-engine',
    });
    expect((await ask('bob', `DELETE ${PATH}/assignment/{ada}`)).body).toEqual({
      message: 'User removed from project successfully',
      user_id: PERSON['ada'],
      project_name: 'difference-engine',
      is_project_admin: null,
    });
    expect(await ask('ada', `POST ${PATH}/assignment`, one('eve'))).toEqual(NOT_FOUND);
  });

  it.each([
    ['POST', '/assignment', { user_id: 'ada', is_project_admin: true }, 400, 'Invalid user_id format'],
    ['POST', '/assignment', { user_id: NOBODY, is_project_admin: true }, 404, 'User not found'],
    ['PUT', '/assignment/{eve}', { is_project_admin: true }, 404, 'User is not assigned to this project'],
    ['DELETE', '/assignment/{eve}', undefined, 404, 'User is not assigned to this project'],
    [
      'DELETE',
      '/assignments?user_id={eve}',
      undefined,
      404,
      'One or more users are not assigned to this project',
    ],
    ['DELETE', '/assignments', undefined, 422, 'query.user_id: Field required'],
    [
      'POST',
      '/assignments',
      { users: [] },
      422,
      'users: List should have at least 1 item after validation, not 0',
    ],
    [
      'POST',
      '/assignments',
      { users: [{ user_id: 7 }] },
      422,
      'users[0].user_id: Input should be a valid string; users[0].is_project_admin: Field required',
    ],
  ])('%s %s %j is refused with %d', async (method, path, sent, status, message) => {
    const { ask } = await managedApi();
    const said = await ask('ada', `${method} ${PATH}${path}`, sent);
    expect([said.status, said.body.error.message]).toEqual([status, message]);
  });

  it('are assigned in bulk, all or none; who is a member gets the new role', async () => {
    const { ask } = await managedApi();
    const bulk = (users: readonly object[]): Promise<Said> =>
      ask('ada', `POST ${PATH}/assignments`, { users });
    const stranger = { user_id: NOBODY, is_project_admin: false };
    expect(await bulk([one('bob'), stranger])).toEqual({
      status: 404,
      body: problemBody(
        'One or more users not found',
        `Users not found: ['${NOBODY}']`,
        'Verify all user IDs and try again',
      ),
    });
    expect((await bulk([one('bob'), one('bob')])).body).toEqual(
      problemBody(
        'Duplicate user IDs in request',
        `Duplicate user_ids: ['${PERSON['bob']}']`,
        'Each user_id must appear only once in the request',
      ),
    );
    expect((await ask('ada', `GET ${PATH}`)).body.user_count).toBe(1);
    expect(await bulk([one('bob', true), one('ada', true)])).toEqual({
      status: 200,
      body: {
        message: 'Bulk assignment completed: 2 users processed',
        project_name: 'difference-engine',
        total: 2,
        results: [
          { ...one('bob', true), action: 'assigned' },
          { ...one('ada', true), action: 'updated' },
        ],
      },
    });
    const gone = await ask('ada', `DELETE ${PATH}/assignments?user_id={bob}&user_id={ada}`);
    expect(gone.body).toMatchObject({ message: 'Bulk removal completed: 2 users removed', total: 2 });
  });

  it('a thousand users fit into one request, one more does not', async () => {
    const { ask } = await managedApi();
    const users = Array.from({ length: 1001 }, (_, at) => ({
      user_id: `33333333-3333-4333-8333-${String(at).padStart(12, '0')}`,
      is_project_admin: false,
    }));
    const { status, body } = await ask('ada', `POST ${PATH}/assignments`, { users });
    expect([status, body.error.message]).toEqual([
      422,
      'users: List should have at most 1000 items after validation, not 1001',
    ]);
    expect((await ask('ada', `POST ${PATH}/assignments`, { users: users.slice(1) })).body.error.message).toBe(
      'One or more users not found',
    );
  });

  it('the creator stays, and a personal project has no other members', async () => {
    const { ask } = await managedApi();
    const creator = problemBody(
      'Cannot remove the project creator from the project',
      "User 'grace' is the creator of project 'compilers' and cannot be unassigned",
      'The project creator must always remain a member of the project',
    );
    for (const request of ['assignment/{grace}', 'assignments?user_id={grace}'])
      expect(await ask('grace', `DELETE /v1/projects/compilers/${request}`)).toEqual({
        status: 400,
        body: creator,
      });
    const own = await ask('ada', 'POST /v1/projects/ada%40sandbox.example/assignment', one('bob'));
    expect(own).toEqual({ status: 403, body: problemBody('Cannot modify membership of a personal project') });
    expect(await ask('bob', 'POST /v1/projects/ada%40sandbox.example/assignment', one('bob'))).toEqual(
      NOT_FOUND,
    );
  });

  it('a change is in the activity log, with who made it', async () => {
    const { ask } = await managedApi();
    await ask('ada', `POST ${PATH}/assignment`, one('bob'));
    await ask('ada', `PUT ${PATH}/assignment/{bob}`, { is_project_admin: true });
    await ask('ada', `DELETE ${PATH}/assignments?user_id={bob}`);
    const { body } = await ask('grace', 'GET /v1/admin/activity-events?entity_id={bob}&limit=2');
    expect(body.pagination).toEqual({ page: 0, per_page: 2, total: 3, pages: 2 });
    expect(body.data[1]).toMatchObject({
      domain: 'user_management',
      event_type: 'user.project.role_updated',
      entity_type: 'user',
      actor_id: PERSON['ada'],
      actor_email: 'ada@sandbox.example',
      actor_name: 'Ada Lovelace',
      attributes: { project_name: 'difference-engine', is_project_admin: true },
    });
    expect((await ask('grace', 'GET /v1/admin/activity-events/filter-options')).body).toEqual({
      domains: ['user_management'],
      event_types: ['user.project.assigned', 'user.project.removed', 'user.project.role_updated'],
      entity_types: ['user'],
      mapping: {
        user_management: {
          event_types: ['user.project.assigned', 'user.project.removed', 'user.project.role_updated'],
          entity_types: ['user'],
        },
      },
    });
  });
});

describe('a file of users', () => {
  const PATH = '/v1/projects/difference-engine/import-users';
  const say = async ({ send }: ManagedApi, user: string, path: string, init: RequestInit): Promise<Said> => {
    const answer = await send(user, `POST ${path}`, init);
    return { status: answer.status, body: await answer.json() };
  };

  it('is imported as a whole; a blank role means user, and quotes are read', async () => {
    const api = await managedApi();
    const csv =
      'role,email,note\r\n"project_admin","BOB@sandbox.example","a ""b"", c"\r\n\r\n,eve@sandbox.example,\n';
    const { status, body } = await say(api, 'ada', PATH, file(csv));
    expect([status, body]).toEqual([
      200,
      {
        message: 'CSV import completed: 2 users processed',
        project_name: 'difference-engine',
        total: 2,
        results: [
          { user_id: PERSON['bob'], action: 'assigned', is_project_admin: true },
          { user_id: PERSON['eve'], action: 'assigned', is_project_admin: false },
        ],
      },
    ]);
  });

  it('with wrong rows changes nothing, and the dry run names them', async () => {
    const api = await managedApi();
    const csv =
      'email,role\nbob@sandbox.example,boss\neve@sandbox.example,user\neve@sandbox.example,\nx@y.z,user\n';
    const reasons = [
      "Invalid role 'boss'. Allowed values: ['project_admin', 'user']",
      null,
      "Duplicate email: 'eve@sandbox.example' appears more than once",
      "User not found for email: 'x@y.z'",
    ];
    const dry = await say(api, 'ada', `${PATH}/validate`, file(csv));
    expect(dry.body.users.map(({ error }: { error: string | null }) => error)).toEqual(reasons);
    const errors = reasons.flatMap((reason, at) => (reason === null ? [] : [{ row: at + 1, reason }]));
    expect(await say(api, 'ada', PATH, file(csv))).toEqual({
      status: 422,
      body: problemBody('CSV validation failed', { validation_errors: errors }),
    });
    expect((await api.ask('ada', 'GET /v1/projects/difference-engine')).body.user_count).toBe(1);
  });

  it.each([
    ['without an email column', 'mail,role\nx,y\n', "CSV must contain an 'email' column"],
    ['without rows', 'email,role\n', 'CSV file must contain at least one data row'],
    [
      'with too many rows',
      `email\n${'a@b.c\n'.repeat(1001)}`,
      'CSV exceeds the maximum of 1000 rows (got 1001)',
    ],
  ])('%s is refused', async (_what, csv, details) => {
    const said = await say(await managedApi(), 'ada', PATH, file(csv));
    expect(said).toEqual({ status: 422, body: problemBody('CSV validation failed', details) });
  });

  it('that is too large, not UTF-8 or missing is refused, and so is someone else', async () => {
    const api = await managedApi();
    expect((await say(api, 'ada', PATH, file(new Uint8Array(5 * 1_048_576 + 1)))).body).toEqual(
      problemBody('File too large', 'CSV file must not exceed 5 MB'),
    );
    const { status, body } = await say(api, 'ada', PATH, file(new Uint8Array([0xff, 0xfe])));
    expect([status, body.error.message]).toEqual([422, 'CSV decoding failed']);
    for (const init of [file('x', 'other'), {}])
      expect((await say(api, 'ada', PATH, init)).body.error.message).toBe('file: Field required');
    expect(await say(api, 'bob', PATH, file('email\n'))).toEqual(NOT_FOUND);
  });
});

describe('applications', () => {
  it('are all projects of the platform, for administrators; one can be added without rules for its name', async () => {
    const { ask } = await managedApi();
    expect((await ask('grace', 'POST /v1/admin/application', { name: 'My App' })).body).toEqual({
      message: "Application name='My App' has been created",
    });
    expect((await ask('grace', 'POST /v1/admin/application', { name: 'my app' })).body).toEqual(
      problemBody("Application 'My App' already exists. Please choose a different name."),
    );
    expect((await ask('grace', 'GET /v1/admin/applications?search=app&limit=5')).body).toEqual({
      applications: [{ name: 'My App', displayName: null }],
    });
    expect((await ask('ada', 'POST /v1/admin/application', { name: 'x' })).status).toBe(403);
  });
});
