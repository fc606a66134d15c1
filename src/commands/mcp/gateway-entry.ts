import type { McpAddress } from '../../agents/mcp/server.ts';
import type { Context } from '../../context.ts';
import { throughGateway } from '../../gateway/mcp/address.ts';
import { gatewaysOf } from '../../gateway/service.ts';
import { fixedPort } from '../../gateway/settings.ts';
import { serverUrl } from '../../mcp/server-url.ts';
import { usageError } from '../../system/errors.ts';
import type { OptionValues } from '../spec.ts';
import { CONNECTION_OPTIONS } from './connection-options.ts';

/** Agents that refuse the sign-in unless the gateway stands in for the sign-in server (docs/decisions/0022). */
const COMPARES_ISSUERS = ['codex'];

/**
 * The address of one server at the local gateway. The agent speaks HTTP to it and signs in itself.
 *
 * @throws USAGE for options of the proxy, and without a gateway whose port is known.
 */
export function gatewayEntry(
  address: string,
  options: OptionValues,
  { env, home }: Pick<Context, 'env' | 'home'>,
  host: string,
): McpAddress & { readonly port: number } {
  serverUrl(address);
  const [extra] = CONNECTION_OPTIONS.filter(({ name }) => options.has(name));
  if (extra !== undefined)
    throw usageError(`--${extra.name} is an option of the proxy, which --through-gateway does not use.`);
  const port = fixedPort(env) || gatewaysOf(home).list()[0]?.port;
  if (port !== undefined)
    return { url: throughGateway(port, address, COMPARES_ISSUERS.includes(host)), port };
  throw usageError('--through-gateway needs a gateway, and none is running.', {
    fix: 'codemie gateway start --port 4180 --detach',
    hint: 'Or set CODEMIE_PROXY_PORT to the port that it will have.',
  });
}
