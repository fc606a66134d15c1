import { unregister } from '../../agents/mcp/register.ts';
import type { CommandRun } from '../spec.ts';
import { placeFrom, SCOPE_WORDS } from './place.ts';

/** `codemie mcp remove`: undoes `codemie mcp add`. */
export const run: CommandRun = async ({ args: [name = ''], options }, context) => {
  const place = placeFrom(name, options);
  const { host, scope } = place;
  const file = host.fileOf(context, scope);
  await unregister(context, place);
  if (options.on('json'))
    context.terminal.print(JSON.stringify({ schemaVersion: 1, name, host: host.name, scope, file }));
  else context.terminal.say(`Removed "${name}" from ${host.title} ${SCOPE_WORDS[scope]} (${file}).`);
  return 0;
};
