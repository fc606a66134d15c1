import { type JsonObject, objectsIn, without } from '../../system/json.ts';
import { asInFile, textOf } from './shape.ts';
import type { Source } from './source.ts';

interface ExportedFlows {
  readonly flows: readonly JsonObject[];
  readonly configs: readonly JsonObject[];
}

/**
 * Reads flows from Keycloak's own export, which needs `manage-realm`. Without that role, only their first level is known.
 *
 * @param wanted top-level flows, as the server lists them.
 */
export async function exportedFlows(source: Source, wanted: readonly JsonObject[]): Promise<ExportedFlows> {
  const names = wanted.map((flow) => textOf(flow, 'alias'));
  const exported = await source.seen(
    `the steps of ${names.map((name) => `"${name}"`).join(', ')}, which have an authenticator that is not installed`,
    names.map((name) => `authenticationFlows/${name}`),
    () => source.partialExport(),
  );
  if (exported === undefined) return { flows: wanted.map(flowInFile), configs: [] };
  const all = new Map(
    objectsIn(exported['authenticationFlows']).map((flow) => [textOf(flow, 'alias'), flow]),
  );
  const found = new Map<string, JsonObject>();
  const follow = (alias: string): void => {
    const flow = all.get(alias);
    if (flow === undefined || found.has(alias)) return;
    found.set(alias, flow);
    for (const execution of objectsIn(flow['authenticationExecutions']))
      follow(textOf(execution, 'flowAlias'));
  };
  for (const name of names) follow(name);
  for (const [alias, flow] of found) source.id('flow', [alias], flow['id']);
  const used = new Set(
    [...found.values()].flatMap((flow) =>
      objectsIn(flow['authenticationExecutions']).map((execution) =>
        textOf(execution, 'authenticatorConfig'),
      ),
    ),
  );
  const configs = objectsIn(exported['authenticatorConfig']).filter((config) =>
    used.has(textOf(config, 'alias')),
  );
  for (const config of configs) source.id('authenticator-config', [textOf(config, 'alias')], config['id']);
  return {
    flows: [...found.values()].map(flowInFile),
    configs: configs.map((config) => asInFile(config)),
  };
}

/** Keycloak writes `authenticatorFlow` a second time, with a typing error. */
function flowInFile(flow: JsonObject): JsonObject {
  return {
    ...asInFile(flow),
    authenticationExecutions: objectsIn(flow['authenticationExecutions']).map((execution) =>
      without(execution, ['autheticatorFlow']),
    ),
  };
}
