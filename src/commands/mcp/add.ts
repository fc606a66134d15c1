import { isAbsolute } from 'node:path';
import { register } from '../../agents/mcp/register.ts';
import { redact } from '../../system/redact.ts';
import type { CommandRun } from '../spec.ts';
import { placeFrom, SCOPE_WORDS } from './place.ts';
import { proxyEntry } from './proxy-entry.ts';

/** `codemie mcp add`: tells a coding agent to start the proxy for a server. */
export const run: CommandRun = async ({ args: [name = '', address = ''], options }, context) => {
  const { terminal } = context;
  const place = placeFrom(name, options);
  const { host, scope } = place;
  const title = host.adapter?.title ?? 'Claude Code';
  const server = proxyEntry(address, options, context, `${title} (${name})`);
  const file = host.fileOf(context, scope);
  const isChanged = await register(context, place, server);
  if (options.on('json')) {
    const { command, args } = server;
    const result = { name, host: host.name, scope, file, changed: isChanged, command: [command, ...args] };
    terminal.print(JSON.stringify({ schemaVersion: 1, ...result }));
    return 0;
  }
  terminal.say(
    isChanged
      ? `Added "${name}" to ${host.title} ${SCOPE_WORDS[scope]} (${file}).`
      : `"${name}" is already in ${file}, with the same settings.`,
  );
  if (scope === 'project' && isAbsolute(server.command))
    terminal.say(
      'The command has paths of this computer in it; others need codemie-mcp-proxy there instead.',
    );
  if (redact(address) !== address)
    terminal.say('The address holds what looks like a secret. It is stored unencrypted in that file.');
  return 0;
};
