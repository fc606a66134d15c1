import type { AuthSession } from './auth/session.ts';
import { createSignIn } from './auth/sign-in.ts';
import { explain } from './bridge/answers.ts';
import { SELF } from './bridge/gate.ts';
import { connectUpstream } from './bridge/upstream.ts';
import { withCookies } from './cookies.ts';
import { createKeeper } from './keep/keeper.ts';
import { type KeptSignIn, keptAt, keptId } from './keep/kept.ts';
import type { ProxyOptions } from './proxy.ts';

/**
 * Signs in to a server ahead of its first use, stores the sign-in in `settings.tokenStore`, and connects to the server
 * with it. What was stored before stays until the new sign-in is complete.
 *
 * @returns undefined if the server does not ask for a sign-in.
 * @throws McpError; STORE_* before the browser opens.
 */
export async function signInAhead(options: ProxyOptions): Promise<KeptSignIn | undefined> {
  const { context, settings, log } = options;
  const fetch = withCookies(options.fetch, () => context.clock.now());
  const session: AuthSession = {};
  const keeper = createKeeper({ context, settings, session, log, isAhead: true });
  await keeper.verify();
  const signIn = createSignIn({
    context,
    settings,
    session,
    keeper,
    fetch,
    log,
    paste: context.terminal.stdin,
  });
  try {
    const { clock, signal } = context;
    const parts = { settings, clock, signal, fetch: signIn.fetch };
    const { close } = await connectUpstream({ ...parts, host: SELF });
    await close();
  } catch (error) {
    context.signal.throwIfAborted();
    throw explain(error, settings.url);
  } finally {
    await signIn.close();
  }
  return session.tokens === undefined ? undefined : keptAt(context.home, keptId(settings.url));
}
