import type { Session } from '../../../postgres/session.ts';
import {
  type CountedProject,
  DuplicateRow,
  type Listed,
  type ManagedProject,
  type ManagedStore,
  type ProjectQuery,
} from '../store.ts';
import { contains, parameters, selected, type Table, tableName, where, written } from './columns.ts';

const PROJECTS: Table<ManagedProject> = {
  name: tableName('applications'),
  columns: {
    name: 'name',
    displayName: 'display_name',
    description: 'description',
    type: 'project_type',
    createdBy: 'created_by',
    date: 'date',
    updateDate: 'update_date',
    deletedAt: 'deleted_at',
  },
  times: ['date', 'update_date', 'deleted_at'],
};
const FIELDS = selected(PROJECTS, 'p');
const FROM = `SELECT ${FIELDS} FROM ${PROJECTS.name} p`;
const MEMBERSHIPS = tableName('user_projects');
/** Names are compared by their characters, whatever the language of the database is. */
const BY_NAME = 'p.name COLLATE "C"';

type ProjectPart = Pick<
  ManagedStore,
  | 'project'
  | 'projectInAnyCase'
  | 'listProjects'
  | 'searchProjects'
  | 'addProject'
  | 'updateProject'
  | 'removeProject'
  | 'countProjectsCreatedBy'
>;

export function projectsOn(session: Session): ProjectPart {
  // The database lets several projects have one name. One that is not deleted comes first.
  const find = async (condition: string, name: string): Promise<ManagedProject | undefined> => {
    const [first] = await session.query<ManagedProject>(
      `${FROM} WHERE ${condition} ORDER BY p.deleted_at NULLS FIRST, p.id LIMIT 1`,
      [name],
    );
    return first;
  };
  return {
    project: (name) => find('p.name = $1', name),
    projectInAnyCase: (name) => find('lower(p.name) = lower($1)', name),
    listProjects: (query) => listed(session, query),
    searchProjects: (search = '', limit) =>
      session.query<ManagedProject>(
        `${FROM} ${search === '' ? "WHERE $1 = ''" : `WHERE ${contains('$1', ['p.display_name', 'p.name'])}`}
         ORDER BY ${exactFirst('$1')}, ${BY_NAME} LIMIT $2`,
        [search, limit],
      ),
    addProject: (project) => add(session, project),
    updateProject: async (name, changes) => {
      const cells = written(PROJECTS, changes);
      if (cells.length === 0) return;
      await session.run(
        `UPDATE ${PROJECTS.name} SET ${cells.map(([column], i) => `${column} = $${i + 2}`).join(', ')} WHERE name = $1`,
        [name, ...cells.map(([, value]) => value)],
      );
    },
    removeProject: async (name) =>
      void (await session.run(`DELETE FROM ${PROJECTS.name} WHERE name = $1`, [name])),
    countProjectsCreatedBy: async (userId) => {
      const [row] = await session.query<{ n: number }>(
        `SELECT count(*)::int AS n FROM ${PROJECTS.name}
          WHERE created_by = $1 AND project_type = 'shared' AND deleted_at IS NULL`,
        [userId],
      );
      return row?.n ?? 0;
    },
  };
}

/** The id of a project is its name, unless a project that was renamed has it. */
async function add(session: Session, project: ManagedProject): Promise<void> {
  const cells = written(PROJECTS, project);
  const added = await session.run(
    `INSERT INTO ${PROJECTS.name} (id, ${cells.map(([column]) => column).join(', ')})
     SELECT CASE WHEN EXISTS (SELECT 1 FROM ${PROJECTS.name} WHERE id = $1) THEN gen_random_uuid()::text ELSE $1 END,
            ${cells.map(([column], i) => `$${i + 2}${CASTS[column] ?? ''}`).join(', ')}
      WHERE NOT EXISTS (SELECT 1 FROM ${PROJECTS.name} WHERE name = $1)`,
    [project.name, ...cells.map(([, value]) => value)],
  );
  if (added === 0) throw new DuplicateRow(`the project ${project.name} exists`);
}

/** The server takes a value that is selected for a text. */
const CASTS: Readonly<Record<string, string>> = Object.fromEntries(
  PROJECTS.times.map((column) => [`"${column}"`, '::timestamp']),
);

async function listed(session: Session, query: ProjectQuery): Promise<Listed<CountedProject>> {
  const { visibleTo, search = '', sortBy, descending, offset, limit } = query;
  const { values, add: place } = parameters();
  const searched = search === '' ? undefined : place(search);
  const conditions = where([
    'p.deleted_at IS NULL',
    visibleTo === undefined ? undefined : visible(place(visibleTo)),
    searched === undefined ? undefined : contains(searched, ['p.display_name', 'p.name', 'p.description']),
  ]);
  const [count] = await session.query<{ n: number }>(
    `SELECT count(*)::int AS n FROM ${PROJECTS.name} p ${conditions}`,
    values,
  );
  const direction = descending === true ? 'DESC' : 'ASC';
  const orders = {
    name: `${BY_NAME} ${direction}`,
    created_at: `p.date ${direction}, ${BY_NAME}`,
    best: `${searched === undefined ? '' : `${exactFirst(searched)}, `}p.date DESC, ${BY_NAME}`,
  };
  const rows = await session.query<CountedProject>(
    `SELECT ${FIELDS}, m.users, m.admins
       FROM ${PROJECTS.name} p,
            LATERAL (SELECT count(*)::int AS users, (count(*) FILTER (WHERE is_project_admin))::int AS admins
                       FROM ${MEMBERSHIPS} WHERE project_name = p.name) m
      ${conditions} ORDER BY ${orders[sortBy ?? 'best']} LIMIT ${place(limit)} OFFSET ${place(offset)}`,
    values,
  );
  return { rows, total: count?.n ?? 0 };
}

function visible(user: string): string {
  return `CASE p.project_type WHEN 'personal' THEN p.created_by = ${user}
    ELSE EXISTS (SELECT 1 FROM ${MEMBERSHIPS} v WHERE v.project_name = p.name AND v.user_id = ${user}) END`;
}

function exactFirst(search: string): string {
  return `CASE WHEN ${search} IN (p.name, p.display_name) THEN 1 ELSE 2 END`;
}
