import type { Session } from '../../../postgres/session.ts';
import type { Listed, ManagedStore, ManagedUser, UserQuery } from '../store.ts';
import { contains, parameters, selected, type Table, tableName, where, written } from './columns.ts';

const USERS: Table<ManagedUser> = {
  name: tableName('users'),
  columns: {
    id: 'id',
    username: 'username',
    email: 'email',
    name: 'name',
    picture: 'picture',
    passwordHash: 'password_hash',
    userType: 'user_type',
    isActive: 'is_active',
    isAdmin: 'is_admin',
    isMaintainer: 'is_maintainer',
    authSource: 'auth_source',
    emailVerified: 'email_verified',
    lastLoginAt: 'last_login_at',
    projectLimit: 'project_limit',
    date: 'date',
    updateDate: 'update_date',
    deletedAt: 'deleted_at',
  },
  times: ['last_login_at', 'date', 'update_date', 'deleted_at'],
};
const FROM = `SELECT ${selected(USERS, 'u')} FROM ${USERS.name} u`;
const MEMBERSHIPS = tableName('user_projects');

type UserPart = Pick<
  ManagedStore,
  | 'user'
  | 'usersById'
  | 'usersByEmail'
  | 'userByUsername'
  | 'listUsers'
  | 'addUser'
  | 'updateUser'
  | 'countActiveAdmins'
>;

export function usersOn(session: Session): UserPart {
  const find = (condition: string, value: string | readonly string[]): Promise<readonly ManagedUser[]> =>
    session.query<ManagedUser>(`${FROM} WHERE ${condition} ORDER BY u.id`, [value]);
  return {
    user: async (id) => (await find('u.id = $1', id))[0],
    usersById: (ids) => find('u.id = ANY ($1)', ids),
    usersByEmail: (emails) => find('lower(u.email) IN (SELECT lower(e) FROM unnest($1::text[]) e)', emails),
    userByUsername: async (name) => (await find('lower(u.username) = lower($1)', name))[0],
    listUsers: (query) => listed(session, query),
    addUser: async (user) => {
      const cells = written(USERS, user);
      await session.run(
        `INSERT INTO ${USERS.name} (${cells.map(([column]) => column).join(', ')})
         VALUES (${cells.map((_, i) => `$${i + 1}`).join(', ')})`,
        cells.map(([, value]) => value),
      );
    },
    updateUser: async (id, changes) => {
      const cells = written(USERS, changes);
      if (cells.length === 0) return;
      await session.run(
        `UPDATE ${USERS.name} SET ${cells.map(([column], i) => `${column} = $${i + 2}`).join(', ')} WHERE id = $1`,
        [id, ...cells.map(([, value]) => value)],
      );
    },
    countActiveAdmins: async () => {
      const [row] = await session.query<{ n: number }>(
        `SELECT count(*)::int AS n FROM ${USERS.name} WHERE is_admin AND is_active AND deleted_at IS NULL`,
      );
      return row?.n ?? 0;
    },
  };
}

async function listed(session: Session, query: UserQuery): Promise<Listed<ManagedUser>> {
  const { search, userType, isActive, offset, limit } = query;
  const { values, add } = parameters();
  const conditions = where([
    'u.deleted_at IS NULL',
    search === undefined || search === ''
      ? undefined
      : contains(add(search), ['u.email', 'u.username', 'u.name']),
    userType === undefined ? undefined : `u.user_type = ${add(userType)}`,
    isActive === undefined ? undefined : `u.is_active = ${add(isActive)}`,
    roleCondition(query, query.projects === undefined ? undefined : add(query.projects)),
  ]);
  const [count] = await session.query<{ n: number }>(
    `SELECT count(*)::int AS n FROM ${USERS.name} u ${conditions}`,
    values,
  );
  const rows = await session.query<ManagedUser>(
    `${FROM} ${conditions} ORDER BY u.date DESC, u.id LIMIT ${add(limit)} OFFSET ${add(offset)}`,
    values,
  );
  return { rows, total: count?.n ?? 0 };
}

/** @param projects the place of the names; undefined for any project. */
function roleCondition({ role }: UserQuery, projects: string | undefined): string | undefined {
  const member = (more = ''): string =>
    `EXISTS (SELECT 1 FROM ${MEMBERSHIPS} m WHERE m.user_id = u.id${
      projects === undefined ? '' : ` AND m.project_name = ANY (${projects})`
    }${more})`;
  switch (role) {
    case 'admin':
      return projects === undefined ? 'u.is_admin' : `u.is_admin AND ${member()}`;
    case 'platform_admin':
      return `${member(' AND m.is_project_admin')}${projects === undefined ? ' AND NOT u.is_admin' : ''}`;
    case 'user':
      return projects === undefined
        ? `NOT u.is_admin AND NOT ${member(' AND m.is_project_admin')}`
        : member(' AND NOT m.is_project_admin');
    default:
      return projects === undefined ? undefined : member();
  }
}
