import { findAccess } from '../../credentials/find/find-access.ts';
import { DEFAULT_TOKEN_VARIABLE } from '../../credentials/find/resolver.ts';
import { createPlatform } from '../../platform-api/client.ts';
import { usageError } from '../../system/errors.ts';
import { Secret } from '../../system/secret.ts';
import type { Step } from '../step.ts';

/** Bearer: only the variable's name is asked; the token itself comes with each run. */
export const bearer: Step = {
  id: 'bearer',
  applies: (answers) => answers.method === 'bearer',
  run: async (context, answers) => {
    const { flags, profileName, origin, apiBase } = answers;
    let name = flags.tokenEnv ?? DEFAULT_TOKEN_VARIABLE;
    if (flags.tokenEnv === undefined && context.terminal.interactive) {
      const prompts = await context.terminal.prompts();
      name = await prompts.input({
        flag: '--token-env',
        message: 'Environment variable that will hold the token:',
        default: DEFAULT_TOKEN_VARIABLE,
        validate: (text) => isName(text) || 'Letters, digits and underscores, not starting with a digit.',
      });
    }
    if (!isName(name))
      throw usageError(
        `"${name}" cannot be the name of an environment variable.`,
        '--token-env MY_CUSTOM_TOKEN',
      );
    answers.tokenEnv = name;
    // A token that happens to be there already is tried, so that the person learns now whether it works.
    const token = context.env[name] ?? '';
    if (token === '' || origin === undefined) return;
    // Given like a flag's: neither another variable nor what a profile says of its own way in takes its place.
    const found = await findAccess(context, {
      baseUrl: origin,
      provider: 'bearer-auth',
      mayCreate: true,
      token: { flag: name, value: new Secret(token) },
    });
    if (found.state === 'found') answers.platform = createPlatform(context, origin, found.access, apiBase);
    context.terminal.say(`  ${name} is set; it is tried now and not kept (profile ${profileName}).`);
  },
};

function isName(text: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(text);
}
