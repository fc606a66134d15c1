import { readConfig } from '../config/file.ts';
import { requireName } from '../config/profiles.ts';
import { nameInUse } from '../config/selection.ts';
import type { Context } from '../context.ts';
import type { Answers, SetupFlags, Step } from './step.ts';

/**
 * Runs the steps that apply, in order. A step that throws ends the wizard; everything saved before stays valid.
 *
 * @returns the answers.
 */
export async function runSetup(
  context: Context,
  steps: readonly Step[],
  flags: SetupFlags,
): Promise<Answers> {
  const config = readConfig(context.home);
  const profileName = nameInUse(config, context.env, flags);
  requireName(config, profileName);
  if (context.terminal.interactive)
    context.terminal.say('Welcome to CodeMie. This takes about a minute (Ctrl-C to stop).');
  const answers: Answers = {
    flags,
    config,
    profileName,
  };
  for (const step of steps) {
    if (step.applies?.(answers) === false) continue;
    context.signal.throwIfAborted();
    context.log.debug('setup step', { step: step.id });
    await step.run(context, answers);
  }
  return answers;
}
