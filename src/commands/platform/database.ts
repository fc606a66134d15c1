import type { Context } from '../../context.ts';
import { connectPostgres } from '../../postgres/connect.ts';
import type { Session } from '../../postgres/session.ts';
import { withProgress } from '../../terminal/with-progress.ts';
import type { OptionValues } from '../spec.ts';
import { databaseOptions } from './database-options.ts';

/** Connects to the platform's database, and warns about what is unsafe in how you do it. */
export async function openDatabase(options: OptionValues, context: Context): Promise<Session> {
  const { terminal } = context;
  if (/^[^/]*\/\/[^/@]*:[^/@]*@|[?&]password=/.test(options.text('database') ?? ''))
    terminal.say(
      'Everybody on this machine can read the password in --database. Set DATABASE_URL or PGPASSWORD instead.',
    );
  const session = await connectPostgres(context, databaseOptions(options));
  if (session.isSuperuser)
    terminal.say(
      `${session.currentUser} is a superuser of the database, which codemie does not need. Use a user with fewer rights.`,
    );
  return session;
}

/**
 * Connects, does `work` and disconnects.
 *
 * @param what is shown while it goes on.
 */
export async function withDatabase<T>(
  options: OptionValues,
  context: Context,
  what: string,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const session = await openDatabase(options, context);
  try {
    return await withProgress(context.terminal, what, () => work(session));
  } finally {
    await session.close();
  }
}
