import type { Scope } from '../../agents/mcp/host.ts';
import type { McpPlace } from '../../agents/mcp/register.ts';
import { MCP_HOSTS } from '../../agents/mcp/table.ts';
import { usageError } from '../../system/errors.ts';
import type { OptionValues } from '../spec.ts';

/**
 * Where `add` and `remove` work, from NAME, `--host` and `--scope`.
 *
 * @throws USAGE for a name that hosts do not take, and for a scope that the host does not have.
 */
export function placeFrom(name: string, options: OptionValues): McpPlace {
  if (!/^[A-Za-z0-9][\w-]{0,63}$/.test(name))
    throw usageError('A server name has letters, digits, hyphens and underscores, such as my-server.');
  const asked = options.text('host') ?? 'claude';
  const host = MCP_HOSTS.find((one) => one.name === asked);
  if (host === undefined)
    throw usageError(`--host is one of ${MCP_HOSTS.map((one) => one.name).join(', ')}.`);
  const given = options.text('scope');
  const scope = host.scopes.find((one) => given === undefined || one === given);
  if (scope !== undefined) return { host, scope, name };
  throw usageError(`${host.title} has no scope "${given}" for servers that codemie adds.`, {
    hint: `Leave out --scope: it is ${host.scopes.join(' or ')}.`,
  });
}

/** Where a scope counts, after the name of the agent. */
export const SCOPE_WORDS: Readonly<Record<Scope, string>> = {
  user: 'in all your projects',
  project: 'in this folder',
  local: 'in this folder',
};
