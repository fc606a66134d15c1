import { CHECKS } from '../../doctor/checks.ts';
import { examine } from '../../doctor/examine.ts';
import { doctorJson, doctorText } from '../../doctor/report.ts';
import type { CommandRun } from '../spec.ts';

/** `codemie doctor`: exit 0 with warnings, 1 with a failure. */
export const run: CommandRun = async ({ options }, context) => {
  const only = options
    .text('only')
    ?.split(',')
    .map((id) => id.trim())
    .filter((id) => id !== '');
  const diagnosis = await examine(context, CHECKS, {
    profile: options.text('profile'),
    only,
    offline: options.on('offline'),
  });
  if (options.on('json')) context.terminal.print(doctorJson(diagnosis));
  else context.terminal.print(doctorText(diagnosis, await context.terminal.colors('stdout')));
  return diagnosis.ok ? 0 : 1;
};
