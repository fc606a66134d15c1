import { isAbsolute } from 'node:path';
import { type McpPlace, register } from '../../agents/mcp/register.ts';
import type { McpProgram, McpServer } from '../../agents/mcp/server.ts';
import { shellWord } from '../../config/sign-in-again.ts';
import type { Context } from '../../context.ts';
import { redact } from '../../system/redact.ts';
import type { CommandRun, OptionValues } from '../spec.ts';
import { placeFrom, SCOPE_WORDS } from './place.ts';

/** `codemie mcp add`: tells a coding agent how to reach a remote server. */
export const run: CommandRun = async ({ args: [name = '', address = ''], options }, context) => {
  const { terminal } = context;
  const place = placeFrom(name, options);
  const { host, scope } = place;
  const { server, notes } = await serverFrom(address, options, context, place);
  const file = host.fileOf(context, scope);
  const changed = await register(context, place, server);
  if (options.on('json')) {
    const how = 'url' in server ? { url: server.url } : { command: [server.command, ...server.args] };
    terminal.print(JSON.stringify({ schemaVersion: 1, name, host: host.name, scope, file, changed, ...how }));
    return 0;
  }
  terminal.say(
    changed
      ? `Added "${name}" to ${host.title} ${SCOPE_WORDS[scope]} (${file}).`
      : `"${name}" is already in ${file}, with the same settings.`,
  );
  for (const note of notes) terminal.say(note);
  return 0;
};

interface Described {
  readonly server: McpServer;
  /** What to know about it, one sentence each. */
  readonly notes: readonly string[];
}

async function serverFrom(
  address: string,
  options: OptionValues,
  context: Context,
  { host, scope, name }: McpPlace,
): Promise<Described> {
  const secret =
    redact(address) === address
      ? []
      : ['The address holds what looks like a secret. It is stored unencrypted in that file.'];
  if (options.on('through-gateway')) {
    const { gatewayEntry } = await import('./gateway-entry.ts');
    const { url, port } = gatewayEntry(address, options, context, host.name);
    const start = `It works while the gateway runs on that port: codemie gateway start --port ${port}`;
    return { server: { url }, notes: [start, ...secret] };
  }
  const { proxyEntry } = await import('./proxy-entry.ts');
  const client = `${host.adapter?.title ?? 'Claude Code'} (${name})`;
  const server = proxyEntry(address, options, context, client);
  const isBound = scope === 'project' && isAbsolute(server.command);
  const paths = isBound
    ? ['The command has paths of this computer in it; others need codemie-mcp-proxy there instead.']
    : [];
  return { server, notes: [...signInNote(server), ...paths, ...secret] };
}

/** The agent gives up on a server that waits for a person longer than it allows. */
function signInNote({ args, env }: McpProgram): readonly string[] {
  const lines = (env['CODEMIE_MCP_HEADERS'] ?? '').split('\n').filter((line) => line !== '');
  if (lines.some((line) => /^authorization:/i.test(line))) return [];
  const words = args.filter(
    (word, at) =>
      !word.endsWith('codemie-mcp-proxy.js') && !ONLY_PROXY.test(word) && args[at - 1] !== '--start-limit',
  );
  const all = [...words, ...lines.flatMap((line) => ['--header', line])].map(shellWord);
  return [`To sign in before the agent starts: codemie mcp login ${all.join(' ')}`];
}

const ONLY_PROXY = /^--(persist|start-limit)$/;
