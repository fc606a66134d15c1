import { resolve } from 'node:path';
import type { McpProgram } from '../../agents/mcp/server.ts';
import type { Context } from '../../context.ts';
import { usageError } from '../../system/errors.ts';
import { ownProgram } from '../../system/process/own-program.ts';
import { redact } from '../../system/redact.ts';
import { isSecretName } from '../../system/secret-names.ts';
import type { OptionSpec, OptionValues } from '../spec.ts';
import { CONNECTION_OPTIONS } from './connection-options.ts';
import { fileHeaders, flagHeaders, type HeaderLine, variablesIn } from './headers.ts';
import { mcpSettings } from './settings.ts';

const FILES = ['header-file', 'ca-file'];
/** How much longer than the proxy's own limit an agent waits. */
const SLACK_MS = 2000;

/**
 * The proxy for one server as an agent starts it, with the options of this command line. Headers go into its
 * environment: some agents replace `${VAR}` in arguments, and everybody can read the arguments of a process.
 *
 * @param client the name that the sign-in server shows.
 * @throws USAGE for a bad option, and for a header whose secret would be written to the agent's settings.
 */
export function proxyEntry(
  address: string,
  options: OptionValues,
  context: Context,
  client: string,
): McpProgram {
  const headers = flagHeaders(options);
  for (const header of headers) refuseSecret(header);
  // Their variables may be set only where the agent starts.
  const { startLimitMs, timeoutMs } = mcpSettings(
    address,
    options.without(['header', 'header-file', SECRET]),
    {},
  );
  const [command, ...start] = ownProgram('codemie-mcp-proxy', context);
  const lines = headers.map(({ name, value }) => `${name}: ${value}`).join('\n');
  const secret = options.text(SECRET) ?? (options.text('client-id') === undefined ? [] : SECRET_VARIABLE);
  const used = [...headers, ...fileHeaders(options)].flatMap(({ value }) => variablesIn(value));
  return {
    command,
    args: [...start, address, ...remembered(options, context)],
    env: { MCP_CLIENT_NAME: client, ...(lines === '' ? {} : { CODEMIE_MCP_HEADERS: lines }) },
    passes: [...new Set([secret, used].flat())],
    startMs: (startLimitMs ?? timeoutMs) + SLACK_MS,
  };
}

const SECRET = 'client-secret-env';
const SECRET_VARIABLE = 'CODEMIE_MCP_CLIENT_SECRET';
const CA_FILE: OptionSpec = { name: 'ca-file', value: 'file', summary: '' };

/** The options as they were given; files by their full path, because agents start in other folders. */
export function remembered(options: OptionValues, { cwd }: Context): readonly string[] {
  return [...CONNECTION_OPTIONS, CA_FILE].flatMap(({ name, value, repeatable }) => {
    if (repeatable === true) return [];
    if (value === undefined) return options.on(name) ? [`--${name}`] : [];
    const given = options.text(name);
    if (given === undefined) return [];
    return [`--${name}`, FILES.includes(name) ? resolve(cwd, given) : given];
  });
}

function refuseSecret({ name, value }: HeaderLine): void {
  const line = `${name}: ${value}`;
  const isSafe = variablesIn(value).length > 0 || !isSecretName(name);
  if (isSafe && redact(line) === line) return;
  throw usageError(`The value of the header ${name} would be stored unencrypted in the agent's settings.`, {
    hint: `Put the secret in an environment variable and name it: --header '${name}: \${VARIABLE}' (for example Bearer \${VARIABLE}). Or use --header-file.`,
  });
}
