import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { CodemieError, messageOf } from '../../system/errors.ts';
import { removeFile } from '../../system/files.ts';
import { isRecord, without } from '../../system/json.ts';
import { bareEnvironment } from '../../system/process/child-environment.ts';
import { outputOf } from '../../system/process/output-of.ts';
import { codex } from '../adapters/codex.ts';
import { requireProgram } from '../find.ts';
import type { Entries, HostContext, McpHost } from './host.ts';
import { broken, readSettings, writeSettings } from './json-file.ts';

/** What the proxy needs from the environment: Codex gives a server almost none of its own (measured with 0.169.0). */
const PASSED = [
  'CODEMIE_HOME',
  'CODEMIE_CA_FILE',
  'CODEMIE_PASSPHRASE',
  'MCP_PROXY_DEBUG',
  'BROWSER',
  'DISPLAY',
  'WAYLAND_DISPLAY',
  'XAUTHORITY',
  'WSL_DISTRO_NAME',
  'XDG_RUNTIME_DIR',
  'DBUS_SESSION_BUS_ADDRESS',
  ...['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'SSL_CERT_DIR'],
  ...['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'NO_PROXY'].flatMap((name) => [name, name.toLowerCase()]),
];

interface CodexEntry {
  readonly command?: string;
  readonly args?: readonly string[];
  readonly env_vars?: readonly string[];
  readonly startup_timeout_sec?: number;
  readonly url?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Codex. It reads its own TOML (`codex mcp list --json`); we add and cut one block of lines. Its own command would drop
 * comments in the other servers' tables, and cannot name the variables that a server gets (measured with 0.169.0).
 */
export const codexHost: McpHost = {
  name: 'codex',
  title: codex.title,
  adapter: codex,
  scopes: ['user'],
  reads: ['user'],
  fileOf: ({ env, userHome }) => join(env['CODEX_HOME'] || join(userHome, '.codex'), 'config.toml'),
  entriesIn: async (context, scope) => {
    const file = codexHost.fileOf(context, scope);
    return readSettings(file) === undefined ? {} : listed(context, file);
  },
  entryFor: (server): CodexEntry => {
    if ('url' in server) return { url: server.url };
    const { command, args, env, passes, startMs } = server;
    const env_vars = [...new Set([...passes, ...PASSED])];
    return { command, args, env_vars, startup_timeout_sec: Math.ceil(startMs / 1000), env };
  },
  put: (context, scope, name, entry) =>
    edit(context, codexHost.fileOf(context, scope), name, (text) => {
      const end = text === '' || text.endsWith('\n') ? '' : '\n';
      return `${text}${end}${text === '' ? '' : '\n'}${block(name, entry as CodexEntry)}`;
    }),
  drop: (context, scope, name) =>
    edit(context, codexHost.fileOf(context, scope), name, (text) => withoutBlock(text, name)),
};

/** The servers as Codex sees them, in the form of `entryFor`. */
async function listed(context: HostContext, file: string): Promise<Entries> {
  const program = requireProgram(context, codex);
  let text: string;
  try {
    text = await outputOf(program, ['mcp', 'list', '--json'], {
      // A folder's own settings do not count here.
      env: bareEnvironment({ ...context.childEnv(), RUST_BACKTRACE: '0' }),
      cwd: dirname(file),
      signal: context.signal,
      tellErrors: true,
    });
  } catch (error) {
    context.signal.throwIfAborted();
    // The whole message quotes the line, which may hold a secret.
    const where = /\bline \d+(, column \d+)?/.exec(messageOf(error))?.[0];
    throw broken(file, where === undefined ? `${codex.title} cannot read it` : `${where} is not valid TOML`);
  }
  const list = JSON.parse(text) as readonly Record<string, unknown>[];
  return Object.fromEntries(
    list.map(({ name, transport, startup_timeout_sec }) => {
      const { command, args, env, env_vars, url } = isRecord(transport) ? transport : {};
      if (url !== undefined) return [name, { url }];
      return [name, { command, args, env_vars, startup_timeout_sec, env }];
    }),
  );
}

/**
 * Changes the file, and has Codex check that it can read it and sees the change and no other; otherwise restores it.
 *
 * @throws CONFIG_BROKEN with Codex's own command.
 */
async function edit(
  context: HostContext,
  file: string,
  name: string,
  change: (text: string) => string,
): Promise<void> {
  const isNew = !existsSync(file);
  const before = readSettings(file) ?? '';
  const others = isNew ? {} : without(await listed(context, file), [name]);
  const text = change(before);
  const restore = (): void => void (isNew ? removeFile(file) : writeSettings(file, before));
  if (text === '') removeFile(file);
  else writeSettings(file, text);
  try {
    const after = text === '' ? {} : await listed(context, file);
    const isDone = Object.hasOwn(after, name) === text.length > before.length;
    if (isDone && isDeepStrictEqual(without(after, [name]), others)) return;
  } catch (error) {
    restore();
    context.signal.throwIfAborted();
    throw notEdited(file, error);
  }
  restore();
  throw notEdited(file);
}

/** Servers can also be written as inline tables, which cannot be added to. */
function notEdited(file: string, cause?: unknown): CodemieError {
  return new CodemieError({
    code: 'CONFIG_BROKEN',
    message: `The servers in ${file} are written in a form that codemie does not edit. The file was not changed.`,
    hint: 'Use `codex mcp add` and `codex mcp remove`.',
    cause,
  });
}

/** JSON's strings are TOML's basic strings. */
function block(name: string, { env = {}, ...entry }: CodexEntry): string {
  const line = ([key, value]: readonly [string, unknown]): string => `${key} = ${toml(value)}`;
  const lines = [`[mcp_servers.${name}]`, ...Object.entries(entry).map(line)];
  const variables = Object.entries(env).map(line);
  const table = variables.length === 0 ? [] : ['', `[mcp_servers.${name}.env]`, ...variables];
  return `${[...lines, ...table].join('\n')}\n`;
}

function toml(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(toml).join(', ')}]`;
  return JSON.stringify(value);
}

/** Cuts the tables of this server, and the empty line in front. What stands before the next table belongs to that. */
function withoutBlock(text: string, name: string): string {
  const lines = text.split('\n');
  const quoted = `(?:${name}|"${name}"|'${name}')`;
  const own = new RegExp(`^\\s*\\[\\s*mcp_servers\\s*\\.\\s*${quoted}\\s*(?:\\.[^\\]]*)?\\]`);
  const isTable = (line: string): boolean => /^\s*\[/.test(line);
  const start = lines.findIndex((line) => own.test(line));
  if (start === -1) return text;
  const next = lines.findIndex((line, at) => at > start && isTable(line) && !own.test(line));
  let end = next === -1 ? lines.length : next;
  while (/^\s*(#.*)?$/.test(lines[end - 1] ?? '')) end -= 1;
  const from = start > 0 && lines[start - 1] === '' ? start - 1 : start;
  return withoutBlock([...lines.slice(0, from), ...lines.slice(end)].join('\n'), name);
}
