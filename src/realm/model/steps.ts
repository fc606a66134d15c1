import { Snapshot } from './snapshot.ts';

/**
 * Gives the steps of flows whose file has no priorities the ones they need: none where the server has them in the same
 * order, else 10, 20, 30 and so on.
 */
export function orderedSteps(files: Snapshot, server: Snapshot): Snapshot {
  const result = new Snapshot();
  const settled = new Set(
    files
      .of('flow')
      .map(({ id }) => id)
      .filter((flow) => isInOrder(flow, files, server)),
  );
  for (const object of files) {
    const { type, fields, parent } = object;
    const isOpen = type === 'execution' && fields['priority'] === undefined;
    if (!isOpen || (settled.has(parent ?? '') && server.get(type, object.id) !== undefined))
      result.add(object);
    else result.add({ ...object, fields: { ...fields, priority: 10 * Number(fields['position']) } });
  }
  return result;
}

function isInOrder(flow: string, files: Snapshot, server: Snapshot): boolean {
  const wanted = files
    .of('execution')
    .filter(({ parent }) => parent === flow)
    .map(({ id }) => id);
  const actual = server
    .of('execution')
    .filter(({ parent }) => parent === flow)
    .map(({ id }) => id);
  return wanted.length === actual.length && wanted.every((id, index) => id === actual[index]);
}
