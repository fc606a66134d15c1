import type { Session } from '../../../postgres/session.ts';
import type { ActivityEvent, EventQuery, Listed, ListedEvent, ManagedStore } from '../store.ts';
import { parameters, tableName, where } from './columns.ts';

const EVENTS = tableName('activity_events');
const USERS = tableName('users');

const FIELDS = `e.id, e.domain, e.event_type AS "eventType", e.entity_type AS "entityType", e.entity_id AS "entityId",
  e.actor_id AS "actorId", e.attributes,
  to_char(e.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS "createdAt"`;

type EventPart = Pick<ManagedStore, 'addEvents' | 'listEvents' | 'kindsOfEvents'>;

export function eventsOn(session: Session): EventPart {
  return {
    addEvents: async (events) => {
      for (const event of events) await add(session, event);
    },
    listEvents: (query) => listed(session, query),
    kindsOfEvents: () =>
      session.query(
        `SELECT DISTINCT domain, event_type AS "eventType", entity_type AS "entityType" FROM ${EVENTS} ORDER BY 1, 2, 3`,
      ),
  };
}

async function add(session: Session, event: ActivityEvent): Promise<void> {
  const { id, domain, eventType, entityType, entityId, actorId, attributes, createdAt } = event;
  await session.run(
    `INSERT INTO ${EVENTS} (id, domain, event_type, entity_type, entity_id, actor_id, attributes, created_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [
      ...[id, domain, eventType, entityType, entityId, actorId],
      attributes === null ? null : JSON.stringify(attributes),
      createdAt,
    ],
  );
}

async function listed(session: Session, query: EventQuery): Promise<Listed<ListedEvent>> {
  const { actorId, domains, eventTypes, entityTypes, entityId, from, to, ascending, offset, limit } = query;
  const { values, add: place } = parameters();
  const any = (column: string, wanted: readonly string[] | undefined): string | undefined =>
    wanted === undefined || wanted.length === 0 ? undefined : `${column} = ANY (${place(wanted)})`;
  const is = (condition: string, wanted: string | undefined, type = ''): string | undefined =>
    wanted === undefined ? undefined : `${condition} ${place(wanted)}${type}`;
  const conditions = where([
    is('e.actor_id =', actorId),
    is('e.entity_id =', entityId),
    any('e.domain', domains),
    any('e.event_type', eventTypes),
    any('e.entity_type', entityTypes),
    is('e.created_at >=', from, '::timestamptz'),
    is('e.created_at <=', to, '::timestamptz'),
  ]);
  const [count] = await session.query<{ n: number }>(
    `SELECT count(*)::int AS n FROM ${EVENTS} e ${conditions}`,
    values,
  );
  const direction = ascending === true ? 'ASC' : 'DESC';
  const rows = await session.query<ListedEvent>(
    `SELECT ${FIELDS}, u.email AS "actorEmail", u.name AS "actorName"
       FROM ${EVENTS} e LEFT JOIN ${USERS} u ON u.id = e.actor_id
      ${conditions} ORDER BY e.created_at ${direction}, e.id ${direction} LIMIT ${place(limit)} OFFSET ${place(offset)}`,
    values,
  );
  return { rows, total: count?.n ?? 0 };
}
