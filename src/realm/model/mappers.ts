import { without } from '../../system/json.ts';
import type { RealmObject } from './snapshot.ts';
import { type Json, objectsIn, textOf } from './values.ts';

const NOT_FIELDS = ['id', 'name', 'consentRequired', 'consentText'];

/** The protocol mappers of a client or of a client scope. */
export function mapperObjects(
  type: 'client-mapper' | 'client-scope-mapper',
  parent: string,
  mappers: Json | undefined,
): readonly RealmObject[] {
  return objectsIn(mappers).map((mapper) => ({
    type,
    id: `${parent}/${textOf(mapper['name']) ?? ''}`,
    parent,
    fields: without(mapper, NOT_FIELDS),
  }));
}
