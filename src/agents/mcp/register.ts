import { isDeepStrictEqual } from 'node:util';
import type { Context } from '../../context.ts';
import { CodemieError } from '../../system/errors.ts';
import { isRecord } from '../../system/json.ts';
import { requireProgram } from '../find.ts';
import type { McpHost, Scope } from './host.ts';
import { type McpServer, proxyWords } from './server.ts';

/** One place for a server. */
export interface McpPlace {
  readonly host: McpHost;
  readonly scope: Scope;
  readonly name: string;
}

/**
 * Adds a server to a host.
 *
 * @returns false when the host already has exactly this server.
 * @throws AGENT_MISSING, MCP_SERVER_EXISTS, CONFIG_BROKEN.
 */
export async function register(context: Context, place: McpPlace, server: McpServer): Promise<boolean> {
  const { host, scope, name } = place;
  if (host.adapter !== undefined) requireHost(context, host);
  const entry = host.entryFor(server);
  const known = await entryAt(context, place);
  if (isDeepStrictEqual(known, entry)) return false;
  if (known !== undefined) throw taken(context, place, known);
  await host.put(context, scope, name, entry);
  return true;
}

/**
 * Removes a server that `register` added.
 *
 * @throws MCP_SERVER_UNKNOWN when there is none, or it starts another program; CONFIG_BROKEN.
 */
export async function unregister(context: Context, place: McpPlace): Promise<void> {
  const { host, scope, name } = place;
  const known = await entryAt(context, place);
  if (known === undefined) throw await unknown(context, place);
  if (!isOurs(known))
    throw new CodemieError({
      code: 'MCP_SERVER_UNKNOWN',
      message: `"${name}" in ${host.fileOf(context, scope)} does not start codemie-mcp-proxy, so it was not removed.`,
      hint: `Remove it the way it was added.`,
    });
  await host.drop(context, scope, name);
}

async function entryAt(context: Context, { host, scope, name }: McpPlace): Promise<unknown> {
  const entries = await host.entriesIn(context, scope);
  return Object.hasOwn(entries, name) ? entries[name] : undefined;
}

/** @returns whether an entry starts our proxy or points to our gateway. */
export function isOurs(entry: unknown): boolean {
  if (proxyWords(entry) !== undefined) return true;
  const { url, httpUrl } = isRecord(entry) ? entry : {};
  return [url, httpUrl].some((own) => typeof own === 'string' && own.includes('/mcp_auth?'));
}

/** The command that removes a server: ours, or the agent's where we do not write. */
export function removeCommand({ host, scope, name }: McpPlace): string {
  if (!host.scopes.includes(scope)) return `${host.name} mcp remove ${name} --scope ${scope}`;
  const scoped = host.scopes.length > 1 ? ` --scope ${scope}` : '';
  return `codemie mcp remove ${name} --host ${host.name}${scoped}`;
}

function requireHost(context: Context, { adapter }: McpHost): void {
  if (adapter === undefined) return;
  try {
    requireProgram(context, adapter);
  } catch (error) {
    throw error instanceof CodemieError
      ? error.with({ hint: 'Or write .mcp.json in this folder, with --host file.' })
      : error;
  }
}

function taken(context: Context, place: McpPlace, known: unknown): CodemieError {
  const { host, scope, name } = place;
  const others = 'Or choose another name.';
  return new CodemieError({
    code: 'MCP_SERVER_EXISTS',
    message: `There is already another server "${name}" in ${host.fileOf(context, scope)}. It was not changed.`,
    ...(isOurs(known)
      ? { fix: removeCommand(place), hint: others }
      : { hint: 'Choose another name, or remove that server first.' }),
  });
}

async function unknown(context: Context, place: McpPlace): Promise<CodemieError> {
  const { host, scope, name } = place;
  const message = `There is no server "${name}" in ${host.fileOf(context, scope)}.`;
  for (const other of host.scopes.filter((one) => one !== scope))
    if (isOurs(await entryAt(context, { ...place, scope: other })))
      return new CodemieError({
        code: 'MCP_SERVER_UNKNOWN',
        message,
        fix: removeCommand({ ...place, scope: other }),
      });
  return new CodemieError({
    code: 'MCP_SERVER_UNKNOWN',
    message,
    fix: 'codemie doctor --only mcp',
    hint: 'It lists the servers of every agent.',
  });
}
