import type { Env } from '../system/env.ts';
import { CodemieError, usageError } from '../system/errors.ts';
import { Secret } from '../system/secret.ts';

/** What a person says about the database. What is missing comes from DATABASE_URL, then from the variables of libpq. */
export interface DatabaseOptions {
  /** `postgresql://user@host:5432/database?sslmode=verify-full`. */
  readonly database?: string | undefined;
  /** A shell command that prints the password: for tokens that expire. */
  readonly passwordCommand?: string | undefined;
}

/** Where a database is and how to sign in to it. */
export interface DatabaseAddress {
  /** A name, an address, or the folder of a Unix socket. */
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: Secret | undefined;
  readonly passFile: string | undefined;
  readonly tls: TlsSettings;
  readonly connectMs: number;
}

export interface TlsSettings {
  /** As in libpq. Undefined if you chose none: encrypted, and never in plain text to another machine. */
  readonly mode: (typeof TLS_MODES)[number] | undefined;
  /** A file, or `system`. */
  readonly rootCert: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
}

const TLS_MODES = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;
const SCHEME = /^postgres(?:ql)?(?:\+[a-z0-9]+)?:\/\//i;
const CONNECT_S = 15;

/** Parameters of an address, each with the variable that stands in for it. */
const PARAMETERS = {
  host: 'PGHOST',
  port: 'PGPORT',
  dbname: 'PGDATABASE',
  user: 'PGUSER',
  password: 'PGPASSWORD',
  passfile: 'PGPASSFILE',
  sslmode: 'PGSSLMODE',
  sslrootcert: 'PGSSLROOTCERT',
  sslcert: 'PGSSLCERT',
  sslkey: 'PGSSLKEY',
  connect_timeout: 'PGCONNECT_TIMEOUT',
} as const;

type Name = keyof typeof PARAMETERS;

/** They change nothing for us. */
const IGNORED =
  /^(application_name|fallback_application_name|client_encoding|gssencmode|options|keepalives.*|tcp_user_timeout)$/;

/** @throws USAGE (2) if no database is named; DATABASE_ADDRESS (2) if the address cannot be used. */
export function databaseAddress({ database }: DatabaseOptions, env: Env): DatabaseAddress {
  const [address, from] =
    database === undefined ? [env['DATABASE_URL'] ?? '', 'DATABASE_URL'] : [database, '--database'];
  if (address === '' && (env['PGHOST'] ?? '') === '')
    throw usageError('Which database do you mean?', {
      hint: 'Set DATABASE_URL, or PGHOST, PGDATABASE and PGUSER, or pass --database postgresql://user@host/database.',
    });
  const given = address === '' ? {} : parametersIn(address, from);
  const setting = (name: Name): string | undefined => given[name] || env[PARAMETERS[name]] || undefined;
  const user = setting('user') ?? env['USER'] ?? env['USERNAME'];
  if (user === undefined) throw unusable(from, 'it names no user', 'Name the user, or set PGUSER.');
  const password = setting('password');
  const mode = TLS_MODES.find((known) => known === setting('sslmode'));
  if (mode === undefined && setting('sslmode') !== undefined)
    throw unusable(from, 'sslmode has an unknown value', `It is one of ${TLS_MODES.join(', ')}.`);
  const port = Number(setting('port') ?? 5432);
  if (!(Number.isInteger(port) && port > 0 && port < 65536))
    throw unusable(from, 'the port is not a number from 1 to 65535');
  const host = setting('host') ?? 'localhost';
  if (host.includes(','))
    throw unusable(
      given['host'] ? from : 'PGHOST',
      'it names several servers',
      'Name the primary server alone.',
    );
  return {
    host,
    port,
    database: setting('dbname') ?? user,
    user,
    password: password === undefined ? undefined : new Secret(password),
    passFile: setting('passfile'),
    tls: {
      mode,
      rootCert: setting('sslrootcert'),
      cert: setting('sslcert'),
      key: setting('sslkey'),
    },
    connectMs: 1000 * (Number(setting('connect_timeout')) || CONNECT_S),
  };
}

/** An address may hold a password, so errors never quote it. */
function parametersIn(address: string, from: string): Partial<Record<string, string>> {
  if (!SCHEME.test(address) || !URL.canParse(address))
    throw unusable(
      from,
      'it is not a URL of one PostgreSQL server',
      'It looks like postgresql://user@host:5432/database. Write special characters of a password as %40 (for @), %2F (for /), %23 (for #).',
    );
  const url = new URL(address);
  const parts: Record<string, string> = {
    host: textOf(url.hostname, from).replace(/^\[|\]$/g, ''),
    port: url.port,
    user: textOf(url.username, from),
    password: textOf(url.password, from),
    dbname: textOf(url.pathname.slice(1), from),
  };
  for (const [name, value] of url.searchParams) {
    if (IGNORED.test(name)) continue;
    if (!Object.hasOwn(PARAMETERS, name))
      throw unusable(
        from,
        'it has a parameter that codemie does not know',
        `The known ones are ${Object.keys(PARAMETERS).join(', ')}.`,
      );
    parts[name] = value;
  }
  return parts;
}

function textOf(encoded: string, from: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    throw unusable(from, 'it has a % without two hexadecimal digits', 'Write a % as %25.');
  }
}

function unusable(from: string, why: string, hint?: string): CodemieError {
  return new CodemieError({
    code: 'DATABASE_ADDRESS',
    message: `The database address in ${from} cannot be used: ${why}.`,
    hint,
  });
}

/** @returns whether the connection stays on this machine. */
export function isOnThisMachine({ host }: DatabaseAddress): boolean {
  return isSocket(host) || /^(localhost|127(\.\d{1,3}){3}|::1)$/i.test(host);
}

export function isSocket(host: string): boolean {
  return host.startsWith('/');
}

/** @returns the database as messages name it. */
export function databaseName({ database, host, port }: DatabaseAddress): string {
  return `"${database}" on ${host.includes(':') ? `[${host}]` : host}:${port}`;
}
