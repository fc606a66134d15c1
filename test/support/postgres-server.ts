import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { inject, onTestFinished } from 'vitest';
import { findPostgres, POSTGRES_VERSIONS, startPostgres } from '../../scripts/postgres.mjs';
import { createContext } from '../../src/context.ts';
import { connectPostgres } from '../../src/postgres/connect.ts';
import type { Session } from '../../src/postgres/session.ts';
import { migrate } from '../../src/sandbox/store/schema/migrate.ts';
import { SCHEMA_STEPS } from '../../src/sandbox/store/schema/steps.ts';
import { takeTurn } from './take-turn.ts';
import { skipped } from './tools.ts';

/** Of the user `postgres` over TCP; the Unix socket wants none. */
export const PASSWORD = 'password-of-this-run';

const [NEWEST] = POSTGRES_VERSIONS;
/** The server of tests that do not ask for a version. */
const USUAL = process.env['CODEMIE_POSTGRES_VERSION'] ?? NEWEST;

/** A version of the platform whose tables a database may have; `empty` has none. */
export type PlatformVersion = '2.15' | '2.19' | '2.23' | '2.25' | '2.36' | '2.39' | '2.42' | 'empty';

/** A PostgreSQL server of this run, shared by all test files. */
export interface PostgresServer {
  readonly port: number;
  /** The folder of the Unix socket. */
  readonly socket: string;
  /** A new database, dropped after the test. */
  database(platform?: PlatformVersion): Promise<TestDatabase>;
  /** A new database that stays until the server ends: for the tests of a group. */
  lastingDatabase(platform?: PlatformVersion): Promise<TestDatabase>;
}

export interface TestDatabase {
  readonly name: string;
  /** With the superuser's password. */
  readonly url: string;
  /** Runs SQL as the superuser, with the tables of the platform in reach; several statements only without values. */
  query(text: string, values?: readonly unknown[]): Promise<Record<string, unknown>[]>;
  /** Opens a session as the program does. */
  connect(): Promise<Session>;
  /** The same; closed after the test. */
  session(): Promise<Session>;
  /** Every row of every table, in order, and every table's definition. Equal dumps mean equal databases. */
  dump(): Promise<string>;
}

/**
 * The versions to test what may differ between them. In a pipeline all of them; elsewhere those that are installed;
 * with CODEMIE_POSTGRES_VERSION this one.
 */
export function postgresVersions(): readonly string[] {
  if (process.env['CODEMIE_POSTGRES_VERSION'] !== undefined) return [USUAL];
  return POSTGRES_VERSIONS.filter((version) => {
    const found = findPostgres(version);
    return !('reason' in found) || skipped(found.reason) === undefined;
  });
}

/** The server of this run, started by the first test file that asks for it; `postgres-run.ts` stops it. */
export function postgresServer(version: string = USUAL): Promise<PostgresServer> {
  return once(version, () => findServer(version));
}

/** Tests of one process that ask at the same time wait for one answer: \`takeTurn\` keeps only other processes out. */
const asked = new Map<string, Promise<unknown>>();

function once<T>(what: string, ask: () => Promise<T>): Promise<T> {
  const answer = (asked.get(what) as Promise<T> | undefined) ?? ask();
  asked.set(what, answer);
  return answer;
}

async function findServer(version: string): Promise<PostgresServer> {
  const folder = join(inject('postgresRun'), version);
  const state = `${folder}.json`;
  const release = takeTurn(`${folder}.lock`);
  try {
    if (!existsSync(state)) writeFileSync(state, JSON.stringify(await start(version, folder)));
  } finally {
    release();
  }
  const { port, socket } = JSON.parse(readFileSync(state, 'utf8')) as { port: number; socket: string };
  const lastingDatabase = async (platform: PlatformVersion = '2.42'): Promise<TestDatabase> => {
    const name = `t_${randomBytes(6).toString('hex')}`;
    const template =
      platform === 'empty'
        ? 'template0'
        : await once(`${version} ${platform}`, () => templateOf(port, platform, folder));
    await onServer(port, `CREATE DATABASE ${name} TEMPLATE ${template}`);
    return testDatabase(port, name);
  };
  return {
    port,
    socket,
    lastingDatabase,
    database: async (platform) => {
      const database = await lastingDatabase(platform);
      onTestFinished(async () => void (await onServer(port, `DROP DATABASE ${database.name} WITH (FORCE)`)));
      return database;
    },
  };
}

/** A new database on the usual server. */
export async function platformDatabase(platform?: PlatformVersion): Promise<TestDatabase> {
  return (await postgresServer()).database(platform);
}

async function start(version: string, folder: string): Promise<object> {
  const found = findPostgres(version);
  if ('reason' in found) throw new Error(found.reason);
  mkdirSync(folder);
  return startPostgres(found.home, folder, { password: PASSWORD });
}

/** A database that is copied for each test. */
async function templateOf(port: number, platform: PlatformVersion, folder: string): Promise<string> {
  const name = `platform_${platform.replace('.', '_')}`;
  const release = takeTurn(`${folder}.${name}`);
  try {
    const there = await onServer(port, `SELECT 1 FROM pg_database WHERE datname = '${name}'`);
    if (there.length > 0) return name;
    await onServer(port, `CREATE DATABASE ${name}_new`);
    const session = await connect(urlOf(port, `${name}_new`));
    const newer = SCHEMA_STEPS.findIndex((step) => Number(step.platform) > Number(platform));
    await migrate(session, newer === -1 ? SCHEMA_STEPS : SCHEMA_STEPS.slice(0, newer));
    await session.close();
    await onServer(port, `ALTER DATABASE ${name}_new RENAME TO ${name}`);
    return name;
  } finally {
    release();
  }
}

/** Also outside a test, where `testContext` cannot clean up. */
function connect(database: string): Promise<Session> {
  const context = createContext({
    env: { HOME: '/nonexistent' },
    cwd: '/',
    streams: process,
    signal: new AbortController().signal,
    takeSignals: () => () => undefined,
    secretNames: () => [],
  });
  return connectPostgres(context, { database });
}

function urlOf(port: number, database: string): string {
  return `postgresql://postgres:${PASSWORD}@127.0.0.1:${port}/${database}`;
}

async function onServer(port: number, text: string): Promise<Record<string, unknown>[]> {
  return withClient(urlOf(port, 'postgres'), async (client) => (await client.query(text)).rows);
}

async function withClient<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

function testDatabase(port: number, name: string): TestDatabase {
  const url = urlOf(port, name);
  const query: TestDatabase['query'] = (text, values) =>
    withClient(url, async (client) => {
      await client.query('SET search_path = codemie, public');
      const result = await client.query(text, values === undefined ? undefined : [...values]);
      return result.rows ?? [];
    });
  return {
    name,
    url,
    query,
    connect: () => connect(url),
    session: async () => {
      const session = await connect(url);
      onTestFinished(() => session.close());
      return session;
    },
    dump: () => dumpOf(query),
  };
}

async function dumpOf(query: TestDatabase['query']): Promise<string> {
  const tables = await query(
    `SELECT n.nspname AS schema, c.relname AS name,
            (SELECT json_agg(format('%s %s', a.attname, format_type(a.atttypid, a.atttypmod)) ORDER BY a.attnum)
               FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0) AS columns
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind = 'r' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
      ORDER BY 1, 2`,
  );
  const parts = [];
  for (const { schema, name, columns } of tables) {
    const rows = await query(`SELECT to_jsonb(t)::text AS row FROM "${schema}"."${name}" t ORDER BY 1`);
    parts.push(`${schema}.${name} ${JSON.stringify(columns)}`, ...rows.map(({ row }) => String(row)));
  }
  return parts.join('\n');
}
