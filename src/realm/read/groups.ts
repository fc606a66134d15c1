import type { JsonObject } from '../../system/json.ts';
import { asInFile, textOf } from './shape.ts';
import type { Source } from './source.ts';

/** @returns `groups`, the whole tree, and `defaultGroups`, as paths. */
export async function readGroups(source: Source): Promise<JsonObject> {
  const inFile = async (group: JsonObject): Promise<JsonObject> => {
    source.id('group', [textOf(group, 'path')], group['id']);
    const children = group['subGroupCount'] === 0 ? [] : await childrenOf(source, group);
    return {
      ...asInFile(group, 'subGroupCount'),
      subGroups: await Promise.all(children.map(inFile)),
    };
  };
  const [top, defaults] = await Promise.all([
    source.pages('/groups?briefRepresentation=false'),
    source.list('/default-groups'),
  ]);
  return {
    groups: await Promise.all(top.map(inFile)),
    defaultGroups: defaults.map((group) => textOf(group, 'path')),
  };
}

function childrenOf(source: Source, group: JsonObject): Promise<readonly JsonObject[]> {
  return source.pages(`/groups/${textOf(group, 'id')}/children?briefRepresentation=false`);
}
