import { completeText, planJson, planText } from '../../platform/migrate/report.ts';
import { exitCode } from '../../system/exit-codes.ts';
import type { CommandRun } from '../spec.ts';
import { planned } from './planned.ts';

/** `codemie platform migrate verify`: whether a plan would have anything to say. For a nightly job. */
export const run: CommandRun = async (input, context) => {
  const { terminal } = context;
  const { options } = input;
  const { header, summary } = await planned(input, context, async (planning) => planning);
  const { create, update, conflict } = summary.counts;
  const isSame = create + update + conflict === 0;
  if (options.on('json')) terminal.print(JSON.stringify({ ...planJson(header, summary), ok: isSame }));
  else {
    const report = { redact: options.on('redact'), limit: header.limit };
    if (!isSame) terminal.print(planText(header, summary, report, await terminal.colors('stdout')));
    else terminal.print(completeText(header, summary));
  }
  return isSame ? 0 : exitCode('differs');
};
