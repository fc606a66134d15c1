import { randomUUID } from 'node:crypto';
import type { Session } from '../../../postgres/session.ts';
import type { KnowledgeBase, ManagedStore, Membership, MembershipOfUser } from '../store.ts';
import { tableName, timeText } from './columns.ts';

const MEMBERSHIPS = tableName('user_projects');
const PROJECTS = tableName('applications');
const BASES = tableName('user_knowledge_bases');

const FIELDS = `m.user_id AS "userId", m.project_name AS project, m.is_project_admin AS "isProjectAdmin",
  ${timeText('m.date')} AS date`;
const OLDEST_FIRST = 'ORDER BY m.date, m.user_id, m.project_name COLLATE "C"';

type MembershipPart = Pick<
  ManagedStore,
  | 'membershipsOf'
  | 'membersOf'
  | 'setMemberships'
  | 'removeMemberships'
  | 'knowledgeBasesOf'
  | 'addKnowledgeBase'
  | 'removeKnowledgeBase'
>;

export function membershipsOn(session: Session): MembershipPart {
  return {
    membershipsOf: (userIds) =>
      session.query<MembershipOfUser>(
        `SELECT ${FIELDS}, p.project_type AS type, p.display_name AS "displayName", p.created_by AS "createdBy"
           FROM ${MEMBERSHIPS} m
           LEFT JOIN LATERAL (SELECT * FROM ${PROJECTS} WHERE name = m.project_name
                               ORDER BY deleted_at NULLS FIRST, id LIMIT 1) p ON true
          WHERE m.user_id = ANY ($1) ${OLDEST_FIRST}`,
        [userIds],
      ),
    membersOf: (project) =>
      session.query<Membership>(
        `SELECT ${FIELDS} FROM ${MEMBERSHIPS} m WHERE m.project_name = $1 ${OLDEST_FIRST}`,
        [project],
      ),
    setMemberships: async (memberships, updateDate) => {
      // One statement may touch a row once.
      const last = [...new Map(memberships.map((one) => [`${one.userId} ${one.project}`, one])).values()];
      await session.run(
        `INSERT INTO ${MEMBERSHIPS} (id, user_id, project_name, is_project_admin, date, update_date)
         SELECT id, user_id, project, is_admin, date::timestamp, $6::timestamp
           FROM unnest($1::text[], $2::text[], $3::text[], $4::boolean[], $5::text[]) AS given (id, user_id, project, is_admin, date)
         ON CONFLICT (user_id, project_name)
         DO UPDATE SET is_project_admin = excluded.is_project_admin, update_date = excluded.update_date`,
        [
          last.map(() => randomUUID()),
          last.map(({ userId }) => userId),
          last.map(({ project }) => project),
          last.map(({ isProjectAdmin }) => isProjectAdmin),
          last.map(({ date }) => date),
          updateDate,
        ],
      );
    },
    removeMemberships: (project, userIds) =>
      session.run(`DELETE FROM ${MEMBERSHIPS} WHERE project_name = $1 AND user_id = ANY ($2)`, [
        project,
        userIds,
      ]),
    knowledgeBasesOf: (userId) =>
      session.query<KnowledgeBase>(
        `SELECT kb_name AS name, ${timeText('date')} AS date FROM ${BASES} WHERE user_id = $1 ORDER BY kb_name COLLATE "C"`,
        [userId],
      ),
    addKnowledgeBase: async (userId, { name, date }) =>
      void (await session.run(
        `INSERT INTO ${BASES} (id, user_id, kb_name, date, update_date) VALUES ($1, $2, $3, $4, $4)`,
        [randomUUID(), userId, name, date],
      )),
    removeKnowledgeBase: async (userId, name) =>
      (await session.run(`DELETE FROM ${BASES} WHERE user_id = $1 AND kb_name = $2`, [userId, name])) > 0,
  };
}
