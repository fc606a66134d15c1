import type { Context } from '../context.ts';

const LIMIT_MS = 5000;

/** The context of questions whose answer can be done without: nobody waits long for it. */
export function brief(context: Context): Context {
  return { ...context, http: (request) => context.http({ timeoutMs: LIMIT_MS, ...request }) };
}
