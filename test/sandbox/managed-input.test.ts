import { describe, expect, it } from 'vitest';
import { managedApi, type Said } from '../support/managed-api.ts';

/** Answers of the platform's web framework to the same models, as it words them. */
const bad = (
  type: string,
  loc: readonly (string | number)[],
  msg: string,
  input: unknown,
  ctx?: object,
): object => ({
  type,
  loc,
  msg,
  input,
  ...(ctx === undefined ? {} : { ctx }),
});

async function update(body: unknown): Promise<Said> {
  const { ask } = await managedApi();
  return ask('grace', 'PUT /v1/admin/users/{eve}', body);
}

const BOOLEAN = 'Input should be a valid boolean';
const INTEGER = 'Input should be a valid integer';

describe('a body that the platform cannot read', () => {
  it.each<[unknown, object]>([
    [
      { is_admin: 'maybe' },
      bad('bool_parsing', ['body', 'is_admin'], `${BOOLEAN}, unable to interpret input`, 'maybe'),
    ],
    [{ is_admin: 2 }, bad('bool_parsing', ['body', 'is_admin'], `${BOOLEAN}, unable to interpret input`, 2)],
    [{ is_admin: 1.5 }, bad('bool_type', ['body', 'is_admin'], BOOLEAN, 1.5)],
    [{ is_admin: [] }, bad('bool_type', ['body', 'is_admin'], BOOLEAN, [])],
    [{ name: 3 }, bad('string_type', ['body', 'name'], 'Input should be a valid string', 3)],
    [
      { project_limit: 'x' },
      bad('int_parsing', ['body', 'project_limit'], `${INTEGER}, unable to parse string as an integer`, 'x'),
    ],
    [
      { project_limit: 1.5 },
      bad(
        'int_from_float',
        ['body', 'project_limit'],
        `${INTEGER}, got a number with a fractional part`,
        1.5,
      ),
    ],
    [{ project_limit: [] }, bad('int_type', ['body', 'project_limit'], INTEGER, [])],
    [
      [],
      bad(
        'model_attributes_type',
        ['body'],
        'Input should be a valid dictionary or object to extract fields from',
        [],
      ),
    ],
    [null, bad('missing', ['body'], 'Field required', null)],
  ])('%j is a 422', async (body, fault) => {
    const { msg, loc } = fault as { msg: string; loc: readonly string[] };
    expect(await update(body)).toEqual({
      status: 422,
      body: { error: { message: `${loc[1] ?? 'request'}: ${msg}`, details: [fault] } },
    });
  });

  it('all faults are named at once', async () => {
    const { ask } = await managedApi({ signIn: 'local' });
    const body = { email: 'x', username: 'ab', password: 'short' };
    expect(await ask('grace', 'POST /v1/admin/users', body)).toEqual({
      status: 422,
      body: {
        error: {
          message:
            'email: value is not a valid email address: An email address must have an @-sign.; username: String should have at least 3 characters; password: String should have at least 12 characters',
          details: [
            bad(
              'value_error',
              ['body', 'email'],
              'value is not a valid email address: An email address must have an @-sign.',
              'x',
              { reason: 'An email address must have an @-sign.' },
            ),
            bad('string_too_short', ['body', 'username'], 'String should have at least 3 characters', 'ab', {
              min_length: 3,
            }),
            bad(
              'string_too_short',
              ['body', 'password'],
              'String should have at least 12 characters',
              'short',
              {
                min_length: 12,
              },
            ),
          ],
        },
      },
    });
  });

  it.each([
    [{ is_admin: 'yes' }, { is_admin: true }],
    [{ is_admin: 1 }, { is_admin: true }],
    [{ project_limit: '3' }, { project_limit: 3 }],
    [{ project_limit: true }, { project_limit: 1 }],
    [{ name: 'x', unknown: 1 }, { name: 'x' }],
  ])('%j is read as the platform reads it', async (body, fields) => {
    const said = await update(body);
    expect([said.status, said.body]).toMatchObject([200, fields]);
  });

  it('is looked at after the rights of the person', async () => {
    const { ask } = await managedApi();
    expect((await ask('ada', 'PUT /v1/admin/users/{eve}', { is_admin: 'maybe' })).status).toBe(403);
    expect((await ask('bob', 'POST /v1/projects/compilers/assignment', {})).status).toBe(404);
  });
});

describe('a path', () => {
  it('with another method is a 405, and an unknown one a 404', async () => {
    const { ask } = await managedApi();
    expect(await ask('grace', 'PATCH /v1/admin/users/{eve}', {})).toEqual({
      status: 405,
      body: { detail: 'Method Not Allowed' },
    });
    expect((await ask('grace', 'GET /v1/admin/users/{eve}/shoes')).status).toBe(404);
  });
});

describe('a date', () => {
  it.each([
    ['from=2026-01-01&to=2026-01-01T10:00', 200],
    ['from=yesterday', 422],
    ['limit=1001', 422],
    ['offset=-1', 422],
    ['sort_dir=up', 422],
  ])('in the activity log: %s gives %d', async (query, status) => {
    const { ask } = await managedApi();
    expect((await ask('grace', `GET /v1/admin/activity-events?${query}`)).status).toBe(status);
  });
});
