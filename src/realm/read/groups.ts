import type { JsonObject } from '../../system/json.ts';
import { asInFile, textOf } from './shape.ts';
import type { Source } from './source.ts';

/** @returns `groups`: the whole tree. */
export async function readGroups(source: Source): Promise<JsonObject> {
  const inFile = async (group: JsonObject, above: readonly string[] = []): Promise<JsonObject> => {
    const names = [...above, textOf(group, 'name')];
    source.id('group', names, group['id']);
    const children = group['subGroupCount'] === 0 ? [] : await childrenOf(source, group);
    return {
      ...asInFile(group, 'subGroupCount'),
      subGroups: await Promise.all(children.map((child) => inFile(child, names))),
    };
  };
  const top = await source.pages('/groups?briefRepresentation=false');
  return { groups: await Promise.all(top.map((group) => inFile(group))) };
}

function childrenOf(source: Source, group: JsonObject): Promise<readonly JsonObject[]> {
  return source.pages(`/groups/${textOf(group, 'id')}/children?briefRepresentation=false`);
}
