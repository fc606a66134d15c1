import type { Context } from '../../context.ts';
import { DEFAULT_TOKEN_VARIABLE } from '../../credentials/find/resolver.ts';
import type { PlatformFacts } from '../../platform-api/discover/platform.ts';
import { CodemieError } from '../../system/errors.ts';
import type { Answers, Step } from '../step.ts';

/** Chooses between signing in now, with a method the platform offers, and bearer tokens passed to each run. */
export const method: Step = {
  id: 'method',
  run: async (context, answers) => {
    const { flags, facts } = answers;
    const said = flags.method ?? (flags.tokenEnv === undefined ? undefined : 'bearer');
    if (said !== undefined) {
      answers.method = said;
      return;
    }
    if (!context.terminal.interactive) {
      answers.method = withoutTerminal(context, answers);
      const how = answers.method === 'sso' ? 'Signing in' : 'Using a token from the environment';
      context.terminal.say(`  ${how} (to change: --method).`);
      return;
    }
    const prompts = await context.terminal.prompts();
    const sso = ssoChoice(facts);
    answers.method = await prompts.select({
      flag: '--method sso|bearer|api-key',
      message: 'How do you want to sign in?',
      // A platform without an identity provider has its own sign-in.
      default: sso === undefined ? 'bearer' : 'sso',
      choices: [
        ...(sso === undefined ? [] : [{ value: 'sso' as const, ...sso }]),
        {
          value: 'bearer',
          name: 'With a token from my CI system',
          description: 'read from an environment variable for each run',
        },
        {
          value: 'api-key',
          name: 'With an API key from another provider',
          description: 'OpenAI, Anthropic, LiteLLM, …',
        },
      ],
    });
  },
};

/** @returns the name of the platform's own sign-in, or undefined when it has none. */
function ssoChoice(facts: PlatformFacts | undefined): { name: string; description: string } | undefined {
  const ways = facts?.ways ?? ['hand-off'];
  if (ways.length === 0) return undefined;
  return ways[0] === 'local'
    ? { name: 'With email and password', description: 'with your CodeMie account' }
    : { name: 'In the browser (recommended)', description: 'with your company account' };
}

/**
 * Without a terminal: picks a method that needs no user, or says which flag to pass.
 *
 * @throws INPUT_REQUIRED (2).
 */
function withoutTerminal(context: Context, { flags, facts, origin }: Answers): 'sso' | 'bearer' {
  if ((context.env[DEFAULT_TOKEN_VARIABLE] ?? '') !== '') return 'bearer';
  const ways = facts?.ways ?? [];
  if (ways.length === 0) return 'bearer';
  // A hand-off does not say who signs in, so without a terminal it needs `--as`.
  if (ways.includes('oidc') || (ways.includes('hand-off') && flags.as !== undefined)) return 'sso';
  const own = `codemie setup --url ${origin}`;
  const attended = ways.includes('hand-off')
    ? `To sign in with your browser: ${own} --method sso --as you@example.com`
    : `To sign in with email and password, from a terminal: ${own}`;
  throw new CodemieError({
    code: 'INPUT_REQUIRED',
    message: `Can't sign in to ${origin} without a terminal: each of its sign-in methods needs a person.`,
    hint: `${own} --method bearer`,
    remedies: [attended],
  });
}
