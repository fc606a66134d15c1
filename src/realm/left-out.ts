import type { Finding } from '../change/change.ts';
import { RENAMED_ACTIONS } from './model/built-in.ts';
import { stepOf } from './model/flows.ts';
import { type RealmObject, Snapshot } from './model/snapshot.ts';

/** What of the files can be compared and applied, with a warning for each part that cannot. */
export interface Feasible {
  readonly wanted: Snapshot;
  readonly findings: readonly Finding[];
}

/**
 * Takes out what comes and goes with the server's own version and nobody can create: required actions without a provider,
 * built-in flows that are gone, new steps of built-in flows, configurations that no step uses. A flow that no step runs
 * does nothing, and the admin API does not show it.
 */
export function feasible(files: Snapshot, server: Snapshot): Feasible {
  const findings: Finding[] = [];
  const gone = goneFlows(files, server);
  const running = new Set(files.of('execution').map((step) => stepOf(step).runs));
  const possible = [...files].filter((object) => {
    const finding = obstacle(object, server, gone);
    if (finding !== undefined) findings.push(finding);
    return finding === undefined && !isIdle(object, files, running);
  });
  const used = new Set(possible.map(({ fields }) => fields['authenticatorConfig']));
  const kept = possible.filter((object) => {
    const { type, id } = object;
    const isUsed = type !== 'authenticator-config' || used.has(id) || server.get(type, id) !== undefined;
    if (!isUsed) findings.push(unusedConfig(id));
    return isUsed;
  });
  const one = new Map(findings.map((finding) => [finding.path, finding]));
  return { wanted: new Snapshot(kept), findings: [...one.values()] };
}

function obstacle(object: RealmObject, server: Snapshot, gone: ReadonlySet<string>): Finding | undefined {
  const { type, id, parent = '' } = object;
  if (type === 'required-action' && server.get(type, id) === undefined) {
    const renamed = RENAMED_ACTIONS[id];
    return warning(
      'required-action-unknown',
      `requiredActions[${id}]`,
      `The server has no required action "${id}". It is left out.`,
      renamed === undefined ? 'Remove it, or install its provider.' : `Rename it to ${renamed}.`,
    );
  }
  const flow = type === 'flow' ? id : type === 'execution' ? parent : undefined;
  if (flow === undefined) return undefined;
  if (gone.has(flow))
    return warning(
      'flow-retired',
      `authenticationFlows[${flow}]`,
      `The server has no built-in flow "${flow}" any more. It is left out.`,
      'Remove it from the file.',
    );
  const isNew = type === 'execution' && server.get(type, id) === undefined;
  if (isNew && server.get('flow', flow)?.fields['builtIn'] === true)
    return warning(
      'flow-built-in',
      `authenticationFlows[${flow}]`,
      `Keycloak does not let anybody add steps to the built-in flow "${flow}". They are left out.`,
      'Make a flow of your own, and bind that one.',
    );
  return undefined;
}

/** The admin API creates the configuration of a step, and none alone. */
function unusedConfig(id: string): Finding {
  return warning(
    'config-unused',
    `authenticatorConfig[${id}]`,
    `No step uses the configuration "${id}". It is left out.`,
    'Name it in a step as authenticatorConfig, or remove it.',
  );
}

function warning(rule: string, path: string, message: string, advice: string): Finding {
  return { rule, severity: 'warning', path, message, advice };
}

/** @returns aliases of flows that the files call built-in, and the server does not have, with those below them. */
function goneFlows(files: Snapshot, server: Snapshot): ReadonlySet<string> {
  return new Set(
    files
      .of('flow')
      .filter(({ id, fields }) => fields['builtIn'] === true && server.get('flow', id) === undefined)
      .map(({ id }) => id),
  );
}

/** @param running what the steps of the files run. */
function isIdle(
  { type, id, parent = '', fields }: RealmObject,
  files: Snapshot,
  running: ReadonlySet<string>,
): boolean {
  const alias = type === 'flow' ? id : parent;
  const flow = type === 'flow' ? fields : type === 'execution' ? files.get('flow', alias)?.fields : undefined;
  return flow?.['topLevel'] === false && !running.has(alias);
}
