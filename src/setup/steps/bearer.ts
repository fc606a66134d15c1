import { findAccess } from '../../credentials/find/find-access.ts';
import { DEFAULT_TOKEN_VARIABLE } from '../../credentials/find/resolver.ts';
import { createPlatform } from '../../platform-api/client.ts';
import { usageError } from '../../system/errors.ts';
import { Secret } from '../../system/secret.ts';
import type { Step } from '../step.ts';

/** Bearer tokens: asks only for the variable's name; each run brings its own token. */
export const bearer: Step = {
  id: 'bearer',
  applies: (answers) => answers.method === 'bearer',
  run: async (context, answers) => {
    const { flags, origin, apiBase } = answers;
    let name = flags.tokenEnv ?? DEFAULT_TOKEN_VARIABLE;
    if (flags.tokenEnv === undefined && context.terminal.interactive) {
      const prompts = await context.terminal.prompts();
      name = await prompts.input({
        flag: '--token-env',
        message: 'Environment variable to read the token from:',
        default: DEFAULT_TOKEN_VARIABLE,
        validate: (text) =>
          isVariableName(text) || "Use letters, digits and underscores; don't start with a digit.",
      });
    }
    if (!isVariableName(name))
      throw usageError(`"${name}" isn't a valid environment variable name.`, {
        hint: 'For example: --token-env MY_CUSTOM_TOKEN',
      });
    answers.tokenEnv = name;
    // If the variable is already set, test its token, so that the user learns now whether it works.
    const token = context.env[name] ?? '';
    if (token === '' || origin === undefined) return;
    // Passed like a flag, so that no other variable and no sign-in method of the profile replaces it.
    const found = await findAccess(context, {
      baseUrl: origin,
      provider: 'bearer-auth',
      mayCreate: true,
      token: { flag: name, value: new Secret(token) },
    });
    if (found.state === 'found') answers.platform = createPlatform(context, origin, found.access, apiBase);
    context.terminal.say(`  ${name} is set. Testing it now; it isn't saved.`);
  },
};

function isVariableName(text: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(text);
}
