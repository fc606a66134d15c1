import { describe, expect, it } from 'vitest';
import { type RowRules, rowOf } from '../../../src/platform/users/row.ts';
import type { SkippedUser, SourceUser } from '../../../src/platform/users/user.ts';
import type { JsonObject } from '../../../src/system/json.ts';

const RULES: RowRules = {
  includeDisabled: false,
  includeServiceAccounts: false,
  adminUserId: undefined,
  adminVia: () => undefined,
};
const ID = '0c5e2b1e-7f5c-4f5c-9d2a-3a6f0a1b2c3d';

function person(fields: JsonObject = {}): JsonObject {
  return {
    id: ID,
    username: 'ada',
    email: 'ada@example.com',
    firstName: 'Ada',
    lastName: 'Lovelace',
    enabled: true,
    ...fields,
  };
}

function user(fields: JsonObject = {}, rules: Partial<RowRules> = {}): SourceUser {
  const row = rowOf(person(fields), { ...RULES, ...rules });
  if (row.kind !== 'user') throw new Error(`skipped: ${row.skipped.reason}`);
  return row.user;
}

function skipped(fields: JsonObject, rules: Partial<RowRules> = {}): SkippedUser {
  const row = rowOf(person(fields), { ...RULES, ...rules });
  if (row.kind !== 'skip') throw new Error('not skipped');
  return row.skipped;
}

function projects(attributes: JsonObject): Pick<SourceUser, 'memberships' | 'repairs'> {
  const { memberships, repairs } = user({ attributes });
  return { memberships, repairs };
}

describe('a user of the source', () => {
  it('becomes a row of the platform', () => {
    expect(user({ attributes: { picture: ['https://example.com/a.png'] } })).toEqual({
      id: ID,
      username: 'ada',
      email: 'ada@example.com',
      name: 'Ada Lovelace',
      userType: 'regular',
      picture: 'https://example.com/a.png',
      isActive: true,
      isAdmin: false,
      memberships: [],
      repairs: [],
    });
  });

  it('never carries what the source has beside that, such as credentials', () => {
    const row = user({ credentials: [{ secretData: 'hash' }], attributes: { phone: ['123'] } });
    expect(JSON.stringify(row)).not.toMatch(/hash|123/);
  });

  it('has the user name for an e-mail address and a name that are missing', () => {
    expect(user({ email: '', firstName: ' ', lastName: '' })).toMatchObject({
      email: 'ada',
      name: 'ada',
      repairs: [{ reason: 'no-email' }],
    });
  });

  it.each([
    [['external'], 'external'],
    [[' External '], 'external'],
    [['REGULAR', 'external'], 'regular'],
    [[], 'regular'],
    ['external', 'external'],
  ])('reads the user type %j as %s', (value, type) => {
    expect(user({ attributes: { user_type: value } }).userType).toBe(type);
  });

  it.each([[['guest']], [['']], [[7]], ['service_account']])('is skipped for the user type %j', (value) => {
    expect(skipped({ attributes: { user_type: value } }).reason).toBe('bad-user-type');
  });

  it('is skipped without a UUID, because the platform signs nobody else in', () => {
    expect(skipped({ id: 'f:0c5e2b1e-7f5c-4f5c-9d2a-3a6f0a1b2c3d:ada' }).reason).toBe('not-a-uuid');
    expect(skipped({ id: `${ID}0` }).reason).toBe('not-a-uuid');
  });

  it('is skipped where a text does not fit its column', () => {
    expect(skipped({ username: 'a'.repeat(256) }).reason).toBe('too-long');
    expect(skipped({ email: 'e'.repeat(256) }).reason).toBe('too-long');
    expect(skipped({ username: 'a\0b' }).reason).toBe('bad-characters');
    expect(skipped({ email: 'a\ud800b' }).reason).toBe('bad-characters');
    expect(skipped({ username: '' }).reason).toBe('no-username');
  });

  it('is measured in the characters that PostgreSQL counts', () => {
    expect(user({ username: '🦀'.repeat(255) }).username).toHaveLength(510);
    expect(skipped({ username: '🦀'.repeat(256) }).reason).toBe('too-long');
  });

  it('keeps the beginning of a long name, and no picture that does not fit', () => {
    const { name, picture, repairs } = user({
      firstName: '🦀'.repeat(300),
      lastName: '',
      attributes: { picture: ['x'.repeat(1025)] },
    });
    expect([...name]).toHaveLength(255);
    expect(picture).toBeNull();
    expect(repairs.map(({ reason }) => reason)).toEqual(['name-cut', 'picture-left-out']);
  });

  it('is skipped if disabled, and inactive where disabled users are asked for', () => {
    expect(skipped({ enabled: false })).toMatchObject({ id: ID, username: 'ada', reason: 'disabled' });
    expect(user({ enabled: false }, { includeDisabled: true }).isActive).toBe(false);
  });

  it.each([{ username: 'service-account-robot' }, { serviceAccountClientId: 'robot' }])(
    'is skipped if it is an account of a client: %j',
    (fields) => {
      expect(skipped(fields).reason).toBe('service-account');
      expect(user(fields, { includeServiceAccounts: true }).isActive).toBe(true);
    },
  );

  it('is an admin by a role, or as the user that ADMIN_USER_ID names', () => {
    expect(user({}, { adminVia: () => 'group /platform/ops' })).toMatchObject({
      isAdmin: true,
      adminVia: 'group /platform/ops',
    });
    expect(user({}, { adminUserId: ID }).adminVia).toBe('ADMIN_USER_ID');
    expect(user({}, { adminUserId: 'another' }).isAdmin).toBe(false);
    expect(user({ id: ID }, { adminUserId: '' }).isAdmin).toBe(false);
  });
});

describe('the projects of a user', () => {
  it.each([
    ['one text', 'a, b,,c '],
    ['a list', ['a', 'b', 'c']],
    ['a list of lists', ['a,b', ' c ,']],
    ['what is not text', ['a', 7, null, 'b,c']],
  ])('are split at commas: %s', (_, value) => {
    expect(projects({ applications: value }).memberships.map(({ project }) => project)).toEqual([
      'a',
      'b',
      'c',
    ]);
  });

  it('are administered where both attributes name them', () => {
    expect(projects({ applications: ['a,b'], applications_admin: ['b'] })).toEqual({
      memberships: [
        { project: 'a', isProjectAdmin: false },
        { project: 'b', isProjectAdmin: true },
      ],
      repairs: [],
    });
  });

  it('are administered where the admin attribute alone names them', () => {
    expect(projects({ applications: ['a'], applications_admin: ['b'] })).toEqual({
      memberships: [
        { project: 'a', isProjectAdmin: false },
        { project: 'b', isProjectAdmin: true },
      ],
      repairs: [{ reason: 'admin-only-project', detail: 'b' }],
    });
  });

  it('are one project in different spellings, with one repair', () => {
    expect(projects({ applications: ['Proj,proj,PROJ'] })).toEqual({
      memberships: [{ project: 'Proj', isProjectAdmin: false }],
      repairs: [{ reason: 'duplicate-project', detail: 'Proj, proj, PROJ' }],
    });
  });

  it.each([
    [{ applications: ['a', 'a'] }, 'a, a'],
    [{ applications: ['a'], applications_admin: ['A'] }, 'a, A'],
    [{ applications: ['a'], applications_admin: ['a,a'] }, 'a, a'],
  ])('are told where they stand twice: %j', (attributes, detail) => {
    expect(projects(attributes)).toMatchObject({
      memberships: [{ project: 'a' }],
      repairs: [{ reason: 'duplicate-project', detail }],
    });
  });

  it('leave out the personal project, named like the user or the e-mail address', () => {
    expect(projects({ applications: ['a,ADA,Ada@Example.com'] })).toEqual({
      memberships: [{ project: 'a', isProjectAdmin: false }],
      repairs: [
        { reason: 'personal-project', detail: 'ADA' },
        { reason: 'personal-project', detail: 'Ada@Example.com' },
      ],
    });
  });

  it('leave out a name that no column takes', () => {
    const { memberships, repairs } = projects({ applications: ['p'.repeat(256), 'a\0b', 'c'] });
    expect(memberships).toEqual([{ project: 'c', isProjectAdmin: false }]);
    expect(repairs.map(({ reason }) => reason)).toEqual(['project-left-out', 'project-left-out']);
  });

  it.each([undefined, null, 7, {}, [[]]])('are none where the attribute is %j', (value) => {
    expect(projects(value === undefined ? {} : { applications: value }).memberships).toEqual([]);
  });
});
