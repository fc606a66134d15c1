import type { Context } from '../../context.ts';
import { DEFAULT_TOKEN_VARIABLE } from '../../credentials/find/resolver.ts';
import type { PlatformFacts } from '../../platform-api/discover/platform.ts';
import { CodemieError } from '../../system/errors.ts';
import type { Answers, Step } from '../step.ts';

/** Sign in now, in the way the platform offers, or with bearer tokens given at run time. */
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
      const how = answers.method === 'sso' ? 'Signing in now' : 'Taking the token from the environment';
      context.terminal.say(`  ${how} (choose with --method).`);
      return;
    }
    const prompts = await context.terminal.prompts();
    const sso = ssoChoice(facts);
    answers.method = await prompts.select({
      flag: '--method sso|bearer|api-key',
      message: 'How do you sign in?',
      // A platform that names no identity provider has a sign-in of its own.
      default: sso === undefined ? 'bearer' : 'sso',
      choices: [
        ...(sso === undefined ? [] : [{ value: 'sso' as const, ...sso }]),
        {
          value: 'bearer',
          name: 'Bearer Authorization',
          description: 'with a token given at run time, for pipelines',
        },
        {
          value: 'api-key',
          name: 'API key',
          description: 'of another provider: OpenAI, Anthropic, LiteLLM …',
        },
      ],
    });
  },
};

/** @returns how the platform's own sign-in is called, or undefined where it has none. */
function ssoChoice(facts: PlatformFacts | undefined): { name: string; description: string } | undefined {
  const ways = facts?.ways ?? ['hand-off'];
  if (ways.length === 0) return undefined;
  return ways[0] === 'local'
    ? { name: 'E-mail and password', description: 'with an account of this platform' }
    : { name: 'CodeMie SSO', description: 'in the browser, with your company account' };
}

/**
 * Nobody can be asked: what works without a person is taken, and otherwise what to pass is said.
 *
 * @throws INPUT_REQUIRED (2).
 */
function withoutTerminal(context: Context, { flags, facts, origin }: Answers): 'sso' | 'bearer' {
  if ((context.env[DEFAULT_TOKEN_VARIABLE] ?? '') !== '') return 'bearer';
  const ways = facts?.ways ?? [];
  if (ways.length === 0) return 'bearer';
  // A hand-off names nobody: unattended it counts only for the person who was named.
  if (ways.includes('oidc') || (ways.includes('hand-off') && flags.as !== undefined)) return 'sso';
  const own = `codemie setup --url ${origin}`;
  const attended = ways.includes('hand-off')
    ? `To sign in at its own page: ${own} --method sso --as you@example.com`
    : `To sign in by e-mail and password, from a terminal: ${own}`;
  throw new CodemieError({
    code: 'INPUT_REQUIRED',
    message: `How do you sign in? every way that ${origin} offers needs a person, and there is no terminal to ask on.`,
    hint: `${own} --method bearer`,
    remedies: [attended],
  });
}
