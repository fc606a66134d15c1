import type { Clock } from '../system/clock.ts';
import { formatSpan } from '../system/duration.ts';
import { CodemieError } from '../system/errors.ts';
import { printable } from '../system/printable.ts';
import { NOTICE_LOSS, type Session } from './session.ts';

/** The platform's own import of users takes the lock with this key, too: it and we never run at the same time. */
export const IMPORT_LOCK = '7734269302';

export interface LockOptions {
  readonly clock: Pick<Clock, 'sleep'>;
  readonly signal: AbortSignal;
  /** How long to wait for another holder, ms. Default: not at all. */
  readonly waitMs?: number;
}

const POLL_MS = 500;

/**
 * Does `work` while this session holds the import lock. The lock belongs to the session: it ends with the connection,
 * also if this process is killed.
 *
 * Behind a pooler, a session is not ours alone: two clients get the same lock, and it outlives both. So nothing is
 * locked before the connection is known to be direct, and nothing is done before a second connection was refused.
 *
 * @throws DATABASE_POOLED (9) behind a pooler; DATABASE_LOCKED (1) if somebody else holds the lock.
 */
export async function withImportLock<T>(
  session: Session,
  options: LockOptions,
  work: () => Promise<T>,
): Promise<T> {
  if (session.isPooled) throw pooled(session);
  await outliveNobody(session);
  await take(session, options);
  let result: T;
  try {
    await requireExclusion(session);
    result = await work();
  } catch (error) {
    // If the connection is gone, so is the lock.
    await release(session).catch(() => undefined);
    throw error;
  }
  if (!(await release(session))) throw lost(session);
  return result;
}

/**
 * Takes the same lock for the current transaction, inside `withImportLock`: a write is refused where the session that
 * writes is not the one that holds the lock.
 *
 * @throws DATABASE_POOLED (9).
 */
export async function lockTransaction(session: Session): Promise<void> {
  const [answer] = await session.query<{ taken: boolean }>(
    `SELECT pg_try_advisory_xact_lock(${IMPORT_LOCK}) AS taken`,
  );
  if (answer?.taken !== true) throw lost(session);
}

/** How soon the server notices that we are gone: in a statement half a second, without a network a minute. */
async function outliveNobody({ noticesLoss, run }: Session): Promise<void> {
  if (!noticesLoss) return;
  const keepAlive = ['idle = 30', 'interval = 10', 'count = 3'].map(
    (setting) => `SET SESSION tcp_keepalives_${setting}`,
  );
  await run([NOTICE_LOSS('SESSION'), ...keepAlive].join('; '));
}

async function take(session: Session, { clock, signal, waitMs = 0 }: LockOptions): Promise<void> {
  for (let waited = 0; !(await tryLock(session)); waited += POLL_MS) {
    if (waited >= waitMs) throw await held(session, waitMs);
    await clock.sleep(POLL_MS, signal);
  }
}

async function tryLock(session: Session): Promise<boolean> {
  const [answer] = await session.query<{ taken: boolean }>(
    `SELECT pg_try_advisory_lock(${IMPORT_LOCK}) AS taken`,
  );
  return answer?.taken === true;
}

/** @returns whether this session held the lock. */
async function release(session: Session): Promise<boolean> {
  const [answer] = await session.query<{ released: boolean }>(
    `SELECT pg_advisory_unlock(${IMPORT_LOCK}) AS released`,
  );
  return answer?.released === true;
}

/** The lock excludes others if a second connection does not get it. */
async function requireExclusion(session: Session): Promise<void> {
  const other = await session.another();
  try {
    if (!(await tryLock(other))) return;
    await release(other);
    throw pooled(session);
  } finally {
    await other.close();
  }
}

function pooled({ name }: Session): CodemieError {
  return new CodemieError({
    code: 'DATABASE_POOLED',
    message: `The connection to the database ${name} goes through a pooler, such as PgBouncer. A lock does not keep others out there. Nothing was changed.`,
    hint: "Use the database's own address, the one of the primary server, in --database or DATABASE_URL.",
  });
}

function lost({ name }: Session): CodemieError {
  return new CodemieError({
    code: 'DATABASE_POOLED',
    message: `The lock on the database ${name} was not ours any more at the end.`,
    hint: "A proxy between here and the database may share connections. Use the database's own address, and run the command again: it goes on where it stopped.",
  });
}

interface Holder {
  readonly pid: number;
  readonly program: string | null;
  readonly user: string | null;
  readonly seconds: number | null;
}

async function held(session: Session, waitMs: number): Promise<CodemieError> {
  const [holder] = await session.query<Holder>(
    `SELECT l.pid, a.application_name AS program, a.usename AS user,
            extract(epoch FROM now() - a.backend_start)::int AS seconds
       FROM pg_catalog.pg_locks l
       LEFT JOIN pg_catalog.pg_stat_activity a USING (pid)
      WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
        AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())
        AND (l.classid::bigint << 32) + l.objid::bigint = ${IMPORT_LOCK}`,
  );
  const after = waitMs === 0 ? '' : ` after ${formatSpan(waitMs)}`;
  return new CodemieError({
    code: 'DATABASE_LOCKED',
    message: `Another import of users holds the lock on the database ${session.name}${after}${holder === undefined ? '' : `: ${holderText(holder)}`}.`,
    hint: 'It is another codemie, or a pod of the platform with KEYCLOAK_MIGRATION_ENABLED=true. Wait until it has ended; --lock-timeout waits for you.',
  });
}

function holderText({ pid, program, user, seconds }: Holder): string {
  const who = [program, user]
    .filter((word) => word !== null && word !== '')
    .map((word) => printable(word ?? ''));
  const since = seconds === null ? '' : `, connected for ${formatSpan(seconds * 1000)}`;
  return `process ${pid} of the server (${[...who].join(', ') || 'unknown'}${since})`;
}
