import type { StoreName } from '../../credentials/credential.ts';
import { runSetup } from '../../setup/run.ts';
import { STEPS } from '../../setup/steps.ts';
import { parseDuration } from '../../system/duration.ts';
import type { CommandRun } from '../spec.ts';

/** `codemie setup`: the wizard; without a terminal, the same by flags. */
export const run: CommandRun = async ({ options }, context) => {
  await runSetup(context, STEPS, {
    url: options.text('url'),
    method: options.text('method') as 'sso' | 'bearer' | 'api-key' | undefined,
    provider: options.text('provider'),
    profile: options.text('profile'),
    project: options.text('project'),
    model: options.text('model'),
    tokenEnv: options.text('token-env'),
    store: options.text('store') as StoreName | undefined,
    device: options.on('device'),
    noBrowser: options.on('no-browser'),
    timeoutMs: parseDuration(options.text('timeout') ?? '120s', '--timeout'),
  });
  return 0;
};
