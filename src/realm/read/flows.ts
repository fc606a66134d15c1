import { type Json, type JsonObject, objectsIn } from '../../system/json.ts';
import { exportedFlows } from './exported-flows.ts';
import { asInFile, textOf } from './shape.ts';
import type { Source } from './source.ts';

export interface Flows {
  /** `authenticationFlows` and `authenticatorConfig`. */
  readonly members: JsonObject;
  /** Aliases of top-level flows, by id. */
  readonly aliases: ReadonlyMap<string, string>;
}

/** Keycloak leaves this one out of its list, but has it in its realm files. */
const HIDDEN: JsonObject = {
  alias: 'saml ecp',
  description: 'SAML ECP Profile Authentication Flow',
  providerId: 'basic-flow',
  topLevel: true,
  builtIn: true,
};

/**
 * Reads all flows with their executions. Keycloak answers 404 for a flow with an authenticator that is not installed;
 * such a flow is read from Keycloak's own export.
 */
export async function readFlows(source: Source): Promise<Flows> {
  const top = await source.list('/authentication/flows');
  const trees = await Promise.all(
    [...top, HIDDEN].map(async (flow) => {
      const path = `/authentication/flows/${encodeURIComponent(textOf(flow, 'alias'))}/executions`;
      const rows = await source.find(path);
      source.id('flow', [textOf(flow, 'alias')], flow['id']);
      return { flow, rows: rows === undefined ? undefined : objectsIn(rows) };
    }),
  );
  const unreadable = trees
    .filter(({ flow, rows }) => rows === undefined && flow !== HIDDEN)
    .map(({ flow }) => flow);
  const configs = new Map<string, string>();
  const read = trees.flatMap(({ flow, rows }) =>
    rows === undefined ? [] : flowsIn(source, flow, rows, configs),
  );
  const [exported, own] = await Promise.all([
    unreadable.length === 0 ? { flows: [], configs: [] } : exportedFlows(source, unreadable),
    Promise.all([...configs].map(([id, alias]) => readConfig(source, id, alias))),
  ]);
  const known = new Set(configs.values());
  return {
    members: {
      authenticationFlows: [...read, ...exported.flows],
      authenticatorConfig: [
        ...own,
        ...exported.configs.filter((config) => !known.has(textOf(config, 'alias'))),
      ],
    },
    aliases: new Map(top.map((flow) => [textOf(flow, 'id'), textOf(flow, 'alias')])),
  };
}

/** Turns the rows of one top-level flow, each with its level, into flows that name their sub-flows. */
function flowsIn(
  source: Source,
  top: JsonObject,
  rows: readonly JsonObject[],
  configs: Map<string, string>,
): readonly JsonObject[] {
  const flows: { readonly flow: JsonObject; readonly executions: JsonObject[] }[] = [];
  const open = (flow: JsonObject): (typeof flows)[number] => {
    const opened = { flow, executions: [] };
    flows.push(opened);
    return opened;
  };
  const path = [open(asInFile(top))];
  for (const row of rows) {
    const level = Number(row['level'] ?? 0);
    const parent = path[level];
    if (parent === undefined) continue;
    const place = String(parent.executions.length);
    source.id('execution', [textOf(parent.flow, 'alias'), place], row['id']);
    parent.executions.push(executionOf(row));
    const config = textOf(row, 'authenticationConfig');
    if (config !== '') configs.set(config, textOf(row, 'alias'));
    if (row['authenticationFlow'] !== true) continue;
    source.id('flow', [textOf(row, 'displayName')], row['flowId']);
    path[level + 1] = open(subFlowOf(row, top['builtIn'] ?? false));
  }
  return flows.map(({ flow, executions }) => ({ ...flow, authenticationExecutions: executions }));
}

function executionOf(row: JsonObject): JsonObject {
  const isFlow = row['authenticationFlow'] === true;
  return {
    ...(row['authenticationConfig'] === undefined ? {} : { authenticatorConfig: textOf(row, 'alias') }),
    ...(row['providerId'] === undefined ? {} : { authenticator: row['providerId'] }),
    authenticatorFlow: isFlow,
    requirement: textOf(row, 'requirement'),
    priority: row['priority'] ?? 0,
    ...(isFlow ? { flowAlias: textOf(row, 'displayName') } : {}),
    userSetupAllowed: false,
  };
}

function subFlowOf(row: JsonObject, builtIn: Json): JsonObject {
  return {
    alias: textOf(row, 'displayName'),
    ...(row['description'] === undefined ? {} : { description: row['description'] }),
    // Only a form flow has an authenticator of its own.
    providerId: row['providerId'] === undefined ? 'basic-flow' : 'form-flow',
    topLevel: false,
    builtIn,
  };
}

async function readConfig(source: Source, id: string, alias: string): Promise<JsonObject> {
  source.id('authenticator-config', [alias], id);
  return asInFile(await source.object(`/authentication/config/${id}`));
}
