import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Context } from '../context.ts';
import { readText } from '../system/decode-text.ts';
import { CodemieError, messageOf } from '../system/errors.ts';
import { outputOf } from '../system/process/output-of.ts';
import { Secret } from '../system/secret.ts';
import { type DatabaseAddress, type DatabaseOptions, isSocket } from './address.ts';

/** A cloud's command-line program takes seconds to get a token. */
const COMMAND_MS = 60_000;

/**
 * The password for one connection: of the command, of the address or PGPASSWORD, of the password file. Asked for only
 * if the server wants one; a command runs again for each connection, because its token expires.
 *
 * @returns undefined if there is none.
 * @throws DATABASE_LOGIN (4) if the command fails.
 */
export async function passwordFor(
  address: DatabaseAddress,
  { passwordCommand }: DatabaseOptions,
  context: Context,
): Promise<Secret | undefined> {
  if (passwordCommand !== undefined) return passwordFrom(passwordCommand, context);
  return address.password ?? inPassFile(address, context);
}

async function passwordFrom(command: string, context: Context): Promise<Secret> {
  const { signal, cwd, platform } = context;
  const [shell, ...flags] =
    platform === 'win32'
      ? [context.env['ComSpec'] ?? 'C:\\Windows\\System32\\cmd.exe', '/d', '/s', '/c']
      : ['/bin/sh', '-c'];
  const options = { env: context.childEnv(), signal, cwd, timeoutMs: COMMAND_MS };
  let printed: string;
  try {
    printed = await outputOf(shell, [...flags, command], options);
  } catch (error) {
    signal.throwIfAborted();
    throw noPassword(`failed: ${messageOf(error)}`);
  }
  const password = printed.replace(/\r?\n$/, '');
  if (password === '') throw noPassword('printed nothing');
  if (/[\r\n]/.test(password)) throw noPassword('printed more than one line');
  return new Secret(password);
}

function noPassword(what: string): CodemieError {
  return new CodemieError({
    code: 'DATABASE_LOGIN',
    message: `The command of --database-password-command ${what}.`,
    hint: 'Run the command in your shell. It must print the password, or a token, on one line.',
  });
}

/** The first line of ~/.pgpass (PGPASSFILE) that matches: `host:port:database:user:password`, `*` for any. */
function inPassFile(
  { host, port, database, user, passFile }: DatabaseAddress,
  { userHome, platform, env, terminal }: Context,
): Secret | undefined {
  const usual =
    platform === 'win32'
      ? join(env['APPDATA'] ?? userHome, 'postgresql', 'pgpass.conf')
      : join(userHome, '.pgpass');
  const path = passFile ?? usual;
  const facts = statSync(path, { throwIfNoEntry: false });
  if (facts?.isFile() !== true) return undefined;
  if (platform !== 'win32' && (facts.mode & 0o077) !== 0) {
    terminal.say(`Left out ${path}: other people can read it. Run: chmod 600 ${path}`);
    return undefined;
  }
  const wanted = [isSocket(host) ? [host, 'localhost'] : [host], [String(port)], [database], [user]];
  for (const line of readText(path).split(/\r?\n/)) {
    if (line.startsWith('#')) continue;
    const fields = fieldsOf(line);
    const password = fields[4];
    if (password === undefined || password === '') continue;
    const matches = wanted.every((values, i) => fields[i] === '*' || values.includes(fields[i] ?? ''));
    if (matches) return new Secret(password);
  }
  return undefined;
}

/** A colon or backslash in a field has a backslash before it. */
function fieldsOf(line: string): readonly string[] {
  const fields = [...line.matchAll(/((?:\\.|[^:\\])*)(?::|$)/g)].map(([, field = '']) => field);
  return fields.slice(0, 5).map((field) => field.replace(/\\(.)/g, '$1'));
}
