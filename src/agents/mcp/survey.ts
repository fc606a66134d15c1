import type { Context } from '../../context.ts';
import { CodemieError } from '../../system/errors.ts';
import { codexHost } from './codex.ts';
import type { HostContext, McpHost, Scope } from './host.ts';
import { readSettings } from './json-file.ts';
import { isOurs, type McpPlace } from './register.ts';
import { MCP_HOSTS } from './table.ts';

/** A server that an agent reaches through us. */
export interface OurServer extends McpPlace {
  readonly file: string;
  readonly entry: unknown;
}

export interface Survey {
  readonly servers: readonly OurServer[];
  /** Sentences about settings that could not be read. */
  readonly unreadable: readonly string[];
}

/** Reads the settings of every agent. Changes nothing, and starts nothing but Codex, which reads its own TOML. */
export async function surveyHosts(context: Context, signal: AbortSignal): Promise<Survey> {
  const places = MCP_HOSTS.flatMap((host) => host.reads.map((scope) => ({ host, scope })));
  const once = new Map<string, (typeof places)[number]>();
  for (const { host, scope } of places) {
    // Claude Code reads .mcp.json, too; and in the home folder the files of both scopes may be the same.
    const key = `${host.fileOf(context, scope)} ${scope === 'local'}`;
    if (!once.has(key)) once.set(key, { host, scope });
  }
  const read = await Promise.all(
    [...once.values()].map(({ host, scope }) => serversIn({ ...context, signal }, host, scope)),
  );
  return {
    servers: read.flatMap((one) => (typeof one === 'string' ? [] : one)),
    unreadable: [...new Set(read.filter((one) => typeof one === 'string'))],
  };
}

/** @returns the servers of one scope, or why they cannot be read. */
async function serversIn(
  context: HostContext,
  host: McpHost,
  scope: Scope,
): Promise<readonly OurServer[] | string> {
  const file = host.fileOf(context, scope);
  try {
    if (host === codexHost && !/codemie|mcp_auth/.test(readSettings(file) ?? '')) return [];
    const entries = Object.entries(await host.entriesIn(context, scope));
    return entries
      .filter(([, entry]) => isOurs(entry))
      .map(([name, entry]) => ({ host, scope, name, file, entry }));
  } catch (error) {
    context.signal.throwIfAborted();
    if (!(error instanceof CodemieError)) throw error;
    // Settings that an agent left behind.
    return error.code === 'AGENT_MISSING' ? [] : error.message.replace(' It was not changed.', '');
  }
}
