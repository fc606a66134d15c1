import { DatabaseError } from '../../../postgres/errors.ts';
import type { Session } from '../../../postgres/session.ts';
import { CodemieError } from '../../../system/errors.ts';
import { migrate } from '../../store/schema/migrate.ts';
import type { Rows } from '../rows.ts';
import { DuplicateRow, type ManagedStore } from '../store.ts';
import { eventsOn } from './events.ts';
import { membershipsOn } from './memberships.ts';
import { projectsOn } from './projects.ts';
import { usersOn } from './users.ts';

/** The lock of one transaction at a time, of all processes on a database; any number that nobody else uses. */
const TURN = '7734269312';
/** How the database says that a row is there already. */
const DUPLICATE = '23505';

/** Opens connections to one database. */
type Connect = () => Promise<Session>;

/**
 * A store in the platform's tables of a PostgreSQL database. Makes them where they are missing, and adds `initial` where
 * nobody is in them. A connection that was lost is opened again by the next call.
 *
 * @throws the errors of `migrate` and of `connect`.
 */
export async function createPostgresManagedStore(connect: Connect, initial: Rows): Promise<ManagedStore> {
  let open: Session | undefined = await connect();
  try {
    await migrate(open);
  } catch (error) {
    await open.close();
    throw error;
  }
  let turn: Promise<unknown> = Promise.resolve();
  // One connection takes one statement at a time.
  const inTurn = <T>(work: (session: Session) => Promise<T>): Promise<T> => {
    const result = turn.then(async () => {
      open ??= await connect();
      try {
        return await work(open);
      } catch (error) {
        if (error instanceof CodemieError && error.code === 'UNREACHABLE') {
          await open.close();
          open = undefined;
        }
        throw error;
      }
    });
    turn = result.catch(() => undefined);
    return result;
  };
  const transaction: ManagedStore['transaction'] = (work) =>
    inTurn((session) =>
      session.transaction(async () => {
        await session.run(`SELECT pg_advisory_xact_lock(${TURN})`);
        const inner = storeOn(
          session,
          (again) => again(inner),
          async () => undefined,
        );
        return work(inner);
      }),
    );
  const close = async (): Promise<void> => {
    await open?.close();
    open = undefined;
  };
  const store = eachInTurn(storeOn(open, transaction, close), (call) =>
    inTurn((session) => call(storeOn(session, transaction, close))),
  );
  await addWhereEmpty(store, initial);
  return store;
}

function storeOn(
  session: Session,
  transaction: ManagedStore['transaction'],
  close: ManagedStore['close'],
): ManagedStore {
  const own = translating(session);
  return { transaction, close, ...usersOn(own), ...projectsOn(own), ...membershipsOn(own), ...eventsOn(own) };
}

/** Every call waits for its turn; one that writes is a transaction of its own. */
function eachInTurn(
  { transaction, close, ...calls }: ManagedStore,
  inTurn: <T>(work: (store: ManagedStore) => Promise<T>) => Promise<T>,
): ManagedStore {
  const names = Object.keys(calls) as (keyof typeof calls)[];
  const inTurns = names.map((name) => [
    name,
    (...args: unknown[]) =>
      inTurn((store) => (store[name] as (...all: unknown[]) => Promise<unknown>)(...args)),
  ]);
  return { transaction, close, ...(Object.fromEntries(inTurns) as typeof calls) };
}

/** A session that tells of a row that is there already as the store does. */
function translating(session: Session): Session {
  return {
    ...session,
    run: async (statement, values) => {
      try {
        return await session.run(statement, values);
      } catch (error) {
        throw error instanceof DatabaseError && error.sqlState === DUPLICATE
          ? new DuplicateRow(error.message)
          : error;
      }
    },
  };
}

/** Two processes that start together add the rows once. */
async function addWhereEmpty(store: ManagedStore, { users, projects, memberships }: Rows): Promise<void> {
  await store.transaction(async (inner) => {
    if ((await inner.listUsers({ offset: 0, limit: 1 })).total > 0) return;
    for (const user of users) await inner.addUser(user);
    for (const project of projects) await inner.addProject(project);
    const [first] = memberships;
    if (first?.date) await inner.setMemberships(memberships, first.date);
  });
}
