import { Client, types } from 'pg';
import type { Context } from '../context.ts';
import { withSystemRoots } from '../net/roots.ts';
import {
  type DatabaseAddress,
  type DatabaseOptions,
  databaseAddress,
  databaseName,
  isSocket,
} from './address.ts';
import { databaseError } from './errors.ts';
import { passwordFor } from './password.ts';
import { createSession, type ServerFacts, type Session } from './session.ts';
import { type Encryption, encryptionFor } from './tls.ts';

/** Their values would be turned into a Date in the time zone of this process, without microseconds. */
const DATES = new Set([1082, 1083, 1114, 1184, 1266]);

const TYPES = {
  getTypeParser: ((oid: number, format?: 'text') =>
    DATES.has(oid) ? (text: string) => text : types.getTypeParser(oid, format)) as typeof types.getTypeParser,
};

/**
 * Opens one connection, as libpq would with the same address and variables.
 *
 * @throws the errors of `databaseAddress`, `encryptionFor`, `passwordFor` and `databaseError`.
 */
export async function connectPostgres(context: Context, options: DatabaseOptions): Promise<Session> {
  const address = databaseAddress(options, context.env);
  const name = databaseName(address);
  const { signal } = context;
  signal.throwIfAborted();
  try {
    const client = await connected(address, options, context);
    return createSession({
      client,
      name,
      facts: await factsOf(client),
      signal,
      another: () => connectPostgres(context, options),
    });
  } catch (error) {
    signal.throwIfAborted();
    throw databaseError(error, name);
  }
}

async function connected(
  address: DatabaseAddress,
  options: DatabaseOptions,
  context: Context,
): Promise<Client> {
  const password = async (): Promise<string> =>
    // The driver wants a text; an empty one means that there is none.
    (await passwordFor(address, options, context))?.reveal() ?? '';
  const { host, port, user, database, connectMs } = address;
  const open = async (ssl: Encryption['tls']): Promise<Client> => {
    const client = new Client({
      host,
      port,
      user,
      database,
      password,
      ssl,
      enableChannelBinding: true,
      application_name: 'codemie',
      connectionTimeoutMillis: connectMs,
      keepAlive: !isSocket(host),
      types: TYPES,
    });
    // A connection that is lost while idle: the next statement fails, and says so.
    client.on('error', () => undefined);
    const stop = (): void => void client.end().catch(() => undefined);
    context.signal.addEventListener('abort', stop);
    try {
      return await client.connect();
    } catch (error) {
      stop();
      throw error;
    } finally {
      context.signal.removeEventListener('abort', stop);
    }
  };
  return withSystemRoots(context.ca, async () => {
    const { tls, plainToo } = encryptionFor(address, context);
    try {
      return await open(tls);
    } catch (error) {
      if (!plainToo || !/does not support SSL/.test(String(error))) throw error;
      return open(false);
    }
  });
}

async function factsOf(client: Client): Promise<ServerFacts> {
  const { rows } = await client.query<Omit<ServerFacts, 'isPooled'>>(
    `SELECT current_setting('server_version_num')::int AS version,
            current_user AS "currentUser",
            current_setting('is_superuser') = 'on' AS "isSuperuser",
            pg_backend_pid() AS pid,
            current_setting('server_version_num')::int >= 140000 AND version() ~ 'linux' AS "noticesLoss"`,
  );
  const [facts] = rows;
  if (facts === undefined) throw new Error('The server sent no answer.');
  // At sign-in the server names the process that serves us. A pooler cannot: it names one of its own making.
  const { processID } = client as unknown as { readonly processID: number };
  return { ...facts, isPooled: processID !== facts.pid };
}
