import { certificateHint, reasonOf, TLS_CODES } from '../net/unreachable.ts';
import { CodemieError, type ErrorDetails, messageOf, systemCode } from '../system/errors.ts';
import { printable } from '../system/printable.ts';

/** What the server said no to. `sqlState` is its five-character code: `23505` for a duplicate. */
export class DatabaseError extends CodemieError {
  readonly sqlState: string;
  /** The violated constraint, if it was one. */
  readonly constraint: string | undefined;

  constructor(details: ErrorDetails, sqlState: string, constraint?: string) {
    super(details);
    this.sqlState = sqlState;
    this.constraint = constraint;
  }
}

/** Errors by SQLSTATE, or by its first two characters. `{db}` is the database. Details of the server hold people's data. */
const STATES: Readonly<Record<string, Pick<ErrorDetails, 'code' | 'message' | 'hint'>>> = {
  '28P01': {
    code: 'DATABASE_LOGIN',
    message: 'The database {db} rejected the password',
    hint: 'Check PGPASSWORD, the password file (PGPASSFILE), or the command of --database-password-command. A token may have expired.',
  },
  '28': {
    code: 'DATABASE_DENIED',
    message: 'The database {db} does not let you in',
    hint: 'Check the user name. The server may also allow this user only from certain machines, or only with TLS.',
  },
  '42501': {
    code: 'DATABASE_DENIED',
    message: 'Your database user lacks a permission on {db}',
    hint: 'Ask an administrator of the database for it.',
  },
  '3D000': {
    code: 'DATABASE_MISSING',
    message: 'There is no database {db}',
    hint: 'Check the name in the address. It is the database of the CodeMie platform.',
  },
  '25006': {
    code: 'DATABASE_READ_ONLY',
    message: 'The database {db} is read-only',
    hint: 'It may be a replica. Use the address of the primary server.',
  },
  '55P03': {
    code: 'DATABASE_BUSY',
    message: 'Another session holds rows or tables of {db} that are needed here',
    hint: 'Nothing was changed. Try again in a minute.',
  },
  '57014': {
    code: 'DATABASE_BUSY',
    message: 'A statement on {db} ran longer than its limit, or was cancelled',
    hint: 'Nothing was changed. Try again when the database has less to do.',
  },
  '57': { code: 'UNREACHABLE', message: 'The database {db} is starting, stopping or being maintained' },
  '53': { code: 'UNREACHABLE', message: 'The database {db} has no room for another connection' },
  '08': { code: 'UNREACHABLE', message: 'The connection to the database {db} failed' },
};

/**
 * @param db the database as messages name it.
 * @returns the error with its code: what `STATES` says, TLS_UNTRUSTED, DATABASE_TLS or UNREACHABLE (5) for a failed
 * connection, DATABASE_FAILED (1) for anything else the server says.
 */
export function databaseError(error: unknown, db: string): unknown {
  if (error instanceof CodemieError) return error;
  const code = systemCode(error) ?? '';
  if (/^[0-9A-Z]{5}$/.test(code) && 'severity' in Object(error)) return refused(error as ServerError, db);
  const words = messageOf(error);
  if (/does not support SSL/.test(words)) return withoutTls(db);
  if (/no password|password must be a string|SASL/i.test(words)) return loginWithout(words, db);
  if (TLS_CODES.test(code))
    return new CodemieError({
      code: 'TLS_UNTRUSTED',
      message: `The database ${db} ${reasonOf(error)}.`,
      hint: /EXPIRED|NOT_YET|ALTNAME/.test(code)
        ? certificateHint(code)
        : 'Give the file of the CA that issued it: sslrootcert=ca.pem in the address, or PGSSLROOTCERT.',
      cause: error,
    });
  return new CodemieError({
    code: 'UNREACHABLE',
    message: `The database ${db} ${/timeout expired/.test(words) ? 'did not answer' : code === '' ? 'closed the connection' : reasonOf(error)}.`,
    hint: 'Check the host and port of the database, and that you can reach it from here. Many databases can be reached only from inside the cluster.',
    cause: error,
  });
}

interface ServerError {
  readonly code: string;
  readonly message: string;
  readonly constraint?: string;
}

function refused({ code, message, constraint }: ServerError, db: string): DatabaseError {
  const known = STATES[code] ?? STATES[code.slice(0, 2)];
  const what = known?.message.replace('{db}', db) ?? `The database ${db} failed`;
  return new DatabaseError(
    {
      code: known?.code ?? 'DATABASE_FAILED',
      message: `${what}: ${printable(message)} (${code}).`,
      hint: known?.hint,
    },
    code,
    constraint,
  );
}

function withoutTls(db: string): CodemieError {
  return new CodemieError({
    code: 'DATABASE_TLS',
    message: `The database ${db} offers no encryption (TLS).`,
    hint: 'Turn TLS on in the database. If the network in between is yours alone, add sslmode=disable to the address, or set PGSSLMODE=disable.',
  });
}

function loginWithout(words: string, db: string): CodemieError {
  const isMissing = /no password|must be a (non-empty )?string/i.test(words);
  return new CodemieError({
    code: 'DATABASE_LOGIN',
    message: isMissing
      ? `The database ${db} asks for a password, and there is none.`
      : `The sign-in to the database ${db} failed: ${printable(words)}.`,
    hint: 'Set PGPASSWORD, add a line to the password file (PGPASSFILE), or pass --database-password-command.',
  });
}
