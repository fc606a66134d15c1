import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { bundle } from '../../doctor/bundle.ts';
import { CHECKS } from '../../doctor/checks.ts';
import { examine } from '../../doctor/examine.ts';
import { canRepair, repair } from '../../doctor/repair.ts';
import { doctorJson, doctorText } from '../../doctor/report.ts';
import type { CommandRun } from '../spec.ts';

/** `codemie doctor`: exits with 0 if there are only warnings, and with 1 after a failure. */
export const run: CommandRun = async ({ options }, context) => {
  const only = options
    .text('only')
    ?.split(',')
    .map((id) => id.trim())
    .filter((id) => id !== '');
  const fixed = options.on('fix') ? repair(context) : [];
  for (const line of fixed) context.terminal.say(line);
  const request = {
    profile: options.text('profile'),
    baseUrl: options.text('url'),
    only,
    offline: options.on('offline'),
  };
  const { terminal } = context;
  // Nothing is shown where nobody watches.
  const show = async () => (terminal.isTTY.stderr ? terminal.progress('Checking') : undefined);
  const diagnosis = await examine(context, CHECKS, request, show);
  const file = options.text('bundle');
  if (file !== undefined) {
    writeFileSync(resolve(context.cwd, file), bundle(context, diagnosis), { mode: 0o600 });
    context.terminal.say(`Wrote ${file}. Secrets are removed; review it before sharing.`);
  }
  if (options.on('json')) context.terminal.print(doctorJson(diagnosis));
  else {
    const colors = await context.terminal.colors('stdout');
    context.terminal.print(doctorText(diagnosis, colors, canRepair(context)));
  }
  return diagnosis.ok ? 0 : 1;
};
