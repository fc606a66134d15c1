import { adviceFor } from '../../realm/unseen.ts';
import { exitCode } from '../../system/exit-codes.ts';
import type { CommandRun } from '../spec.ts';
import { printedPlan } from './plan.ts';

/**
 * `codemie realm verify` and `drift`: whether the server is as the files say. Exits with 0, with 10, or with 6 where the
 * account does not see what the files have, and nothing differs in the rest.
 */
export const run: CommandRun = async (input, context) => {
  const { plan } = await printedPlan(input, context, false);
  if (plan.changes.length > 0) return exitCode('differs');
  const [hidden] = plan.missed;
  if (hidden === undefined) return 0;
  context.terminal.say(
    `Your account does not see everything that the files have: ${hidden.what}. ${adviceFor(hidden)}`,
  );
  return exitCode('denied');
};
