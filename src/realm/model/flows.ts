import { without } from '../../system/json.ts';
import type { RealmObject } from './snapshot.ts';
import { type Json, type JsonObject, objectsIn, textOf } from './values.ts';

/**
 * Authentication flows, their steps and the configurations of these. A step is known by what it runs: the authenticator,
 * or the flow below it.
 */
export function flowObjects(document: JsonObject): readonly RealmObject[] {
  const flows = objectsIn(document['authenticationFlows']).flatMap((flow): readonly RealmObject[] => {
    const alias = textOf(flow['alias']) ?? '';
    return [
      { type: 'flow', id: alias, fields: without(flow, ['id', 'alias', 'authenticationExecutions']) },
      ...stepsOf(alias, objectsIn(flow['authenticationExecutions'])),
    ];
  });
  const configs = objectsIn(document['authenticatorConfig']).map(
    (config): RealmObject => ({
      type: 'authenticator-config',
      id: textOf(config['alias']) ?? '',
      fields: without(config, ['id', 'alias']),
    }),
  );
  return [...flows, ...configs];
}

/** @returns aliases of flows by the ids in this document. */
export function flowAliases(document: JsonObject): ReadonlyMap<string, string> {
  return new Map(
    objectsIn(document['authenticationFlows']).map(({ id, alias }) => [String(id), String(alias)] as const),
  );
}

/** @returns what a step runs (an authenticator, or the alias of a flow), and which of several that run the same it is, from 1. */
export function stepOf({ id, parent = '' }: RealmObject): { readonly runs: string; readonly count: number } {
  const [, runs = '', count = '1'] = /^(.*?)(?:#(\d+))?$/s.exec(id.slice(parent.length + 1)) ?? [];
  return { runs, count: Number(count) };
}

function stepsOf(flow: string, executions: readonly JsonObject[]): readonly RealmObject[] {
  const counts = new Map<string, number>();
  const areNumbered = executions.some(({ priority }) => priority !== undefined);
  const ordered = areNumbered
    ? executions.toSorted((one, other) => priorityOf(one) - priorityOf(other))
    : executions;
  return ordered.map((execution, index) => {
    const runs = textOf(execution['flowAlias']) ?? textOf(execution['authenticator']) ?? '';
    const count = (counts.get(runs) ?? 0) + 1;
    counts.set(runs, count);
    const { requirement, authenticatorConfig, priority } = execution;
    const fields: Record<string, Json> = { position: index + 1 };
    if (requirement !== undefined) fields['requirement'] = requirement;
    if (areNumbered) fields['priority'] = priority ?? 0;
    fields['authenticatorConfig'] = authenticatorConfig ?? null;
    return {
      type: 'execution',
      id: `${flow}/${runs}${count === 1 ? '' : `#${count}`}`,
      parent: flow,
      fields,
    };
  });
}

function priorityOf({ priority }: JsonObject): number {
  return Number(priority ?? 0);
}
