import type { KeycloakAdmin } from '../../keycloak/admin.ts';
import type { RealmObject } from '../model/snapshot.ts';
import type { Json } from '../model/values.ts';
import { idIn, type Session } from './session.ts';

/**
 * When a write can be made: an object before what names it, a flow before what binds it, deletions after everything that
 * could still use what goes.
 */
export const PHASES = [
  'objects',
  'references',
  'flows',
  'providers',
  'bindings',
  'people',
  'deletions',
  'flow deletions',
] as const;
export type Phase = (typeof PHASES)[number];

export interface Task {
  readonly phase: Phase;
  readonly run: () => Promise<void>;
}

/** The writes for one type of object. */
export interface Writer {
  create(object: RealmObject, session: Session): readonly Task[];
  /** @param names the fields that differ, without what is below them. */
  update(object: RealmObject, names: readonly string[], session: Session): readonly Task[];
  remove(object: RealmObject, session: Session): readonly Task[];
}

/**
 * Creates an object. Where the server says that it exists, or its answer was lost, the object counts as created if it is
 * there: the comparison at the end tells whether it is as it should be.
 *
 * @returns its id.
 */
export async function created(
  admin: KeycloakAdmin,
  path: string,
  body: Json,
  find: () => Promise<string | undefined>,
): Promise<string | undefined> {
  try {
    const { location } = await admin.send('POST', path, body);
    return idIn(location);
  } catch (error) {
    const found = await find().catch(() => undefined);
    if (found === undefined) throw error;
    return found;
  }
}

/** @returns one task. */
export function task(phase: Phase, run: () => Promise<void>): readonly Task[] {
  return [{ phase, run }];
}

/** @returns the task that writes fields; none where there are none. */
export function taskFor(
  names: readonly string[],
  phase: Phase,
  run: (names: readonly string[]) => Promise<void>,
): readonly Task[] {
  return names.length === 0 ? [] : task(phase, () => run(names));
}

export function deletion(
  { admin }: Session,
  pathOf: () => string | Promise<string>,
  phase: Phase = 'deletions',
): readonly Task[] {
  return task(phase, async () => void (await admin.send('DELETE', await pathOf())));
}

/** @returns the fields without those that have a task of their own. */
export function plain(names: readonly string[], own: readonly string[]): readonly string[] {
  return names.filter((name) => !own.includes(name));
}
