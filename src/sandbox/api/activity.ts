import { randomUUID } from 'node:crypto';
import type { ActivityEvent } from '../managed/store.ts';
import { type Answer, ok } from './answers.ts';
import { requireMaintainer } from './guards.ts';
import { integer, list, moment, oneOf, optional, queryIn, text, withDefault } from './input.ts';
import type { Routes } from './routing.ts';

interface Happening {
  readonly now: () => number;
  readonly actorId?: string;
  readonly attributes?: ActivityEvent['attributes'];
}

export type UserEventType =
  | 'user.created'
  | 'user.updated'
  | 'user.deactivated'
  | 'user.login'
  | 'user.project.assigned'
  | 'user.project.removed'
  | 'user.project.role_updated';

export function userEvent(eventType: UserEventType, id: string, happening: Happening): ActivityEvent {
  return { domain: 'user_management', eventType, entityType: 'user', entityId: id, ...rest(happening) };
}

export function projectEvent(
  eventType: 'project.created' | 'project.updated' | 'project.deleted',
  name: string,
  happening: Happening,
): ActivityEvent {
  return {
    domain: 'project_management',
    eventType,
    entityType: 'project',
    entityId: name,
    ...rest(happening),
  };
}

function rest({
  now,
  actorId,
  attributes,
}: Happening): Pick<ActivityEvent, 'id' | 'actorId' | 'attributes' | 'createdAt'> {
  const createdAt = new Date(now()).toISOString();
  return { id: randomUUID(), actorId: actorId ?? null, attributes: attributes ?? null, createdAt };
}

/** The activity log, for maintainers. */
export const ACTIVITY_ROUTES: Routes = {
  'GET /v1/admin/activity-events': {
    exists: ({ mode }) => mode.userManagement,
    signedIn: async (call, { managed }) => {
      requireMaintainer(call.account);
      const query = queryIn(
        call,
        {
          actor_id: optional(text()),
          domain: optional(list(text())),
          event_type: optional(list(text())),
          entity_type: optional(list(text())),
          entity_id: optional(text()),
          from: optional(moment),
          to: optional(moment),
          sort_dir: withDefault(oneOf('asc', 'desc'), 'desc'),
          limit: withDefault(integer({ least: 1, most: 1000 }), 50),
          offset: withDefault(integer({ least: 0 }), 0),
        },
        ['domain', 'event_type', 'entity_type'],
      );
      const { limit, offset } = query;
      const { rows, total } = await managed.listEvents({
        actorId: query.actor_id ?? undefined,
        domains: query.domain ?? undefined,
        eventTypes: query.event_type ?? undefined,
        entityTypes: query.entity_type ?? undefined,
        entityId: query.entity_id ?? undefined,
        from: query.from ?? undefined,
        to: query.to ?? undefined,
        ascending: query.sort_dir === 'asc',
        limit,
        offset,
      });
      const pages = Math.ceil(total / limit);
      const pagination = { page: Math.floor(offset / limit), per_page: limit, total, pages };
      const data = rows.map((row) => ({
        id: row.id,
        domain: row.domain,
        event_type: row.eventType,
        entity_type: row.entityType,
        entity_id: row.entityId,
        actor_id: row.actorId,
        actor_email: row.actorEmail,
        actor_name: row.actorName,
        attributes: row.attributes,
        created_at: row.createdAt,
      }));
      return ok({ data, pagination });
    },
  },
  'GET /v1/admin/activity-events/filter-options': {
    exists: ({ mode }) => mode.userManagement,
    signedIn: async ({ account }, { managed }): Promise<Answer> => {
      requireMaintainer(account);
      const kinds = await managed.kindsOfEvents();
      const domains = each(kinds.map(({ domain }) => domain));
      return ok({
        domains,
        event_types: each(kinds.map(({ eventType }) => eventType)),
        entity_types: each(kinds.map(({ entityType }) => entityType)),
        mapping: Object.fromEntries(
          domains.map((domain) => {
            const own = kinds.filter((kind) => kind.domain === domain);
            const event_types = each(own.map(({ eventType }) => eventType));
            return [domain, { event_types, entity_types: each(own.map(({ entityType }) => entityType)) }];
          }),
        ),
      });
    },
  },
};

function each(values: readonly string[]): readonly string[] {
  return [...new Set(values)].sort();
}
