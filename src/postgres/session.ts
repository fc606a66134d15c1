import type { Client } from 'pg';
import { copyIn, copyOut } from './copy.ts';
import { databaseError } from './errors.ts';

/** A value of a statement. A list becomes an array. */
export type Parameter =
  | string
  | number
  | boolean
  | null
  | Date
  | readonly (string | null)[]
  | readonly boolean[];

/** What is read once, after the connection is made. */
export interface ServerFacts {
  /** 150018 for 15.18. */
  readonly version: number;
  /** The role in force; it may differ from the user that signed in. */
  readonly currentUser: string;
  /** May do everything: more than any command of ours needs. */
  readonly isSuperuser: boolean;
  /** Our process on the server; behind a pooler, the one that answered. */
  readonly pid: number;
  /** Whether something in between answers in the name of the server, and may share its sessions among clients. */
  readonly isPooled: boolean;
  /** Whether the server can notice during a statement that we are gone. */
  readonly noticesLoss: boolean;
}

export interface TransactionOptions {
  /** Default: READ COMMITTED. */
  readonly isolation?: 'REPEATABLE READ' | 'SERIALIZABLE';
  readonly readOnly?: boolean;
  /** How long to wait for rows and tables that another session holds, ms. Default 10 s. */
  readonly lockMs?: number;
  /** Limit of each statement, ms. Default 10 min. */
  readonly statementMs?: number;
}

/**
 * One connection to a database, for one statement at a time. Dates and times are texts, as the server sends them; so
 * are numbers that JavaScript cannot hold (bigint, numeric).
 *
 * Errors of all calls: what `databaseError` returns. After an abort of the program: its reason.
 */
export interface Session extends ServerFacts {
  /** The database as messages name it. */
  readonly name: string;
  query<Row extends object>(statement: string, values?: readonly Parameter[]): Promise<readonly Row[]>;
  /** @returns how many rows the statement changed. */
  run(statement: string, values?: readonly Parameter[]): Promise<number>;
  /** Commits what `work` did, or rolls it back if it throws. Its limits end with it, also behind a pooler. */
  transaction<T>(work: () => Promise<T>, options?: TransactionOptions): Promise<T>;
  /**
   * `COPY … FROM STDIN`.
   *
   * @param rows in the form that the statement names; any cut of the bytes will do.
   * @returns how many rows were copied.
   */
  copyIn(statement: string, rows: AsyncIterable<string | Buffer>): Promise<number>;
  /** `COPY … TO STDOUT`: the bytes as they come. */
  copyOut(statement: string): AsyncIterable<Buffer>;
  /** Another connection to the same database. */
  another(): Promise<Session>;
  close(): Promise<void>;
}

export interface Connected {
  readonly client: Client;
  readonly name: string;
  readonly facts: ServerFacts;
  readonly signal: AbortSignal;
  another(): Promise<Session>;
}

const LOCK_MS = 10_000;
const STATEMENT_MS = 600_000;

export function createSession({ client, name, facts, signal, another }: Connected): Session {
  let isClosed = false;
  const close = async (): Promise<void> => {
    if (isClosed) return;
    isClosed = true;
    signal.removeEventListener('abort', onAbort);
    // The server may have closed it already.
    await client.end().catch(() => undefined);
  };
  const onAbort = (): void => void close();
  signal.addEventListener('abort', onAbort);
  const failure = (error: unknown): unknown => (signal.aborted ? signal.reason : databaseError(error, name));
  const send = async (statement: string, values: readonly Parameter[] = []) => {
    signal.throwIfAborted();
    try {
      return await client.query<object, unknown[]>(statement, [...values]);
    } catch (error) {
      throw failure(error);
    }
  };
  const run = async (statement: string, values?: readonly Parameter[]): Promise<number> =>
    (await send(statement, values)).rowCount ?? 0;
  return {
    ...facts,
    name,
    query: async <Row extends object>(statement: string, values?: readonly Parameter[]) =>
      (await send(statement, values)).rows as unknown as readonly Row[],
    run,
    transaction: async (work, options = {}) => {
      await begin(run, facts, options);
      try {
        const result = await work();
        await run('COMMIT');
        return result;
      } catch (error) {
        // The connection may be gone: then the server rolls back by itself.
        await run('ROLLBACK').catch(() => undefined);
        throw error;
      }
    },
    copyIn: (statement, rows) => {
      signal.throwIfAborted();
      return copyIn(client, statement, rows, failure);
    },
    copyOut: (statement) => {
      signal.throwIfAborted();
      return copyOut(client, statement, failure);
    },
    another,
    close,
  };
}

/** The limits are local to the transaction: behind a pooler, others get the same connection next. */
async function begin(
  run: Session['run'],
  { noticesLoss }: ServerFacts,
  { isolation, readOnly = false, lockMs = LOCK_MS, statementMs = STATEMENT_MS }: TransactionOptions,
): Promise<void> {
  const level = isolation === undefined ? '' : ` ISOLATION LEVEL ${isolation}`;
  const limits = [
    `SET LOCAL lock_timeout = ${lockMs}`,
    `SET LOCAL statement_timeout = ${statementMs}`,
    ...(noticesLoss ? [NOTICE_LOSS('LOCAL')] : []),
  ];
  await run([`BEGIN${level}${readOnly ? ' READ ONLY' : ''}`, ...limits].join('; '));
}

/** Without it, a server that runs a statement of a killed client notices only at its end: locks live on as long. */
export const NOTICE_LOSS = (scope: 'LOCAL' | 'SESSION'): string =>
  `SET ${scope} client_connection_check_interval = 500`;
