import type { Context } from '../../context.ts';
import { openTexts } from '../../secrets/open.ts';
import { messageOf } from '../../system/errors.ts';
import { allKept, forgetKept } from './kept.ts';

/** Removes everything that is stored, from this computer alone. @returns the addresses of the servers. */
export async function dropAllKept(context: Context): Promise<readonly string[]> {
  const dropped: string[] = [];
  for (const { id, server, store } of allKept(context.home)) {
    try {
      await (await openTexts(store, context)).remove(id);
      forgetKept(context.home, id);
      dropped.push(server);
    } catch (error) {
      context.terminal.say(`warning: ${messageOf(error)} The sign-in to ${server} was not removed.`);
    }
  }
  return dropped;
}
