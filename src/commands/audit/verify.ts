import { settled } from '../../audit/log.ts';
import { verifyAudit } from '../../audit/verify.ts';
import { counted } from '../../system/counted.ts';
import { exitCode } from '../../system/exit-codes.ts';
import type { CommandRun } from '../spec.ts';

/** `codemie audit verify`: checks whether the log is complete and unchanged. Exits with 10 when it is not. */
export const run: CommandRun = async ({ options }, context) => {
  const verdict = await settled(context, () => verifyAudit(context.home));
  const { terminal } = context;
  if (options.on('json')) terminal.print(JSON.stringify({ schemaVersion: 1, ...verdict }));
  else if (verdict.ok)
    terminal.print(
      `The audit log is complete and unchanged (${counted(verdict.entries, 'entry', 'entries')}).`,
    );
  else for (const problem of verdict.problems) terminal.print(problem);
  return verdict.ok ? 0 : exitCode('differs');
};
