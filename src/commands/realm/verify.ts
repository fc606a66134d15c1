import { exitCode } from '../../system/exit-codes.ts';
import type { CommandRun } from '../spec.ts';
import { printedPlan } from './plan.ts';

/** `codemie realm verify` and `drift`: whether the server is as the files say. Exits with 0, or with 10. */
export const run: CommandRun = async (input, context) => {
  const { plan } = await printedPlan(input, context, false);
  return plan.changes.length === 0 ? 0 : exitCode('differs');
};
