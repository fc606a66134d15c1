import { option } from '../config/sign-in-again.ts';
import { CodemieError, SIGN_IN } from '../system/errors.ts';
import type { SetupFlags } from './step.ts';

/** @returns this setup as a command, with the flags that were given. */
export function setupCommand({
  url,
  method,
  provider,
  profile,
  project,
  model,
  ...more
}: SetupFlags): string {
  const word = method === 'bearer' ? 'bearer-auth' : method;
  const how = option('provider', provider ?? word);
  const flags = [option('profile', profile), option('project', project), option('model', model)];
  const rest = [
    option('token-env', more.tokenEnv),
    option('store', more.store),
    option('as', more.as),
    more.device ? ' --device' : '',
  ];
  return `codemie setup${option('url', url)}${how}${flags.join('')}${rest.join('')}`;
}

/**
 * Runs the setup. The code that opens a store advises a sign-in with another one; here that is this setup with another
 * one.
 */
export async function forSetup<T>(flags: SetupFlags, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof CodemieError) || !error.code.startsWith('STORE_')) throw error;
    const own = setupCommand({ ...flags, store: undefined });
    const change = (text: string | undefined) => text?.replace(`${SIGN_IN} --store`, () => `${own} --store`);
    throw error.with({
      fix: change(error.fix),
      hint: change(error.hint),
      remedies: error.remedies.map((remedy) => change(remedy) ?? remedy),
    });
  }
}
