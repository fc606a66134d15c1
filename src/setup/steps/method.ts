import type { Context } from '../../context.ts';
import { DEFAULT_TOKEN_VARIABLE } from '../../credentials/find/resolver.ts';
import type { PlatformFacts } from '../../platform-api/discover/platform.ts';
import { CodemieError, SIGN_IN, usageError } from '../../system/errors.ts';
import { setupCommand } from '../own-command.ts';
import type { Answers, SetupFlags, Step } from '../step.ts';

/** Chooses between signing in now, with a method the platform offers, and bearer tokens passed to each run. */
export const method: Step = {
  id: 'method',
  run: async (context, answers) => {
    const { flags, facts } = answers;
    const said = flags.method ?? (flags.tokenEnv === undefined ? undefined : 'bearer');
    if (said !== undefined) {
      if (said === 'sso' && !context.terminal.interactive) requireUnattended(answers);
      requireMatchingFlags(flags, said);
      answers.method = said;
      return;
    }
    if (!context.terminal.interactive) {
      answers.method = withoutTerminal(context, answers);
      requireMatchingFlags(flags, answers.method);
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

/** Flags that mean nothing with a method. To ignore one would do something else than was asked. */
const UNUSED = {
  sso: ['tokenEnv'],
  bearer: ['store', 'as', 'device'],
  'api-key': ['tokenEnv', 'as', 'device'],
} as const satisfies Record<string, readonly (keyof typeof NAMES)[]>;
const NAMES = { tokenEnv: '--token-env', store: '--store', as: '--as', device: '--device' } as const;

function requireMatchingFlags(flags: SetupFlags, chosen: keyof typeof UNUSED): void {
  const unused = UNUSED[chosen].find((field) => flags[field] !== undefined && flags[field] !== false);
  if (unused === undefined) return;
  const why =
    chosen === 'bearer' ? 'the token is read for each run, and nothing is stored' : `--method ${chosen}`;
  throw usageError(`${NAMES[unused]} can't be used here: ${why}.`, {
    hint:
      unused === 'store'
        ? `Leave it out. To store a token instead: ${SIGN_IN} --with-token --store ${flags.store}`
        : 'Leave it out, or choose another --method.',
  });
}

/**
 * Without a terminal: picks a method that needs no user, or says which flag to pass. Flags of a sign-in ask for one, even
 * if there is a token.
 *
 * @throws INPUT_REQUIRED (2).
 */
function withoutTerminal(context: Context, answers: Answers): 'sso' | 'bearer' {
  const { flags, facts } = answers;
  const asksToSignIn = UNUSED.bearer.some((field) => flags[field] !== undefined && flags[field] !== false);
  if (!asksToSignIn && (context.env[DEFAULT_TOKEN_VARIABLE] ?? '') !== '') return 'bearer';
  if ((facts?.ways ?? []).length === 0) return 'bearer';
  requireUnattended(answers);
  return 'sso';
}

/** @throws INPUT_REQUIRED (2) if no sign-in of this platform works without a person at a terminal. */
function requireUnattended({ flags, facts, origin }: Answers): void {
  const ways = facts?.ways ?? [];
  // A hand-off does not say who signs in, so without a terminal it needs `--as`.
  const isHandOff = ways.includes('hand-off');
  if (ways.length === 0 || ways.includes('oidc') || (isHandOff && flags.as !== undefined)) return;
  const own = setupCommand({ ...flags, url: flags.url ?? origin, tokenEnv: undefined });
  const { url, profile, project, model, noBrowser, timeoutMs } = flags;
  const places = { url: url ?? origin, profile, project, model, device: false, noBrowser, timeoutMs };
  const bearer = `To read a token from the environment for each run: ${setupCommand({ ...places, method: 'bearer' })}`;
  throw new CodemieError({
    code: 'INPUT_REQUIRED',
    message: isHandOff
      ? `${origin} doesn't say who signs in, and there is no terminal to ask you.`
      : `${origin} asks for email and password, and there is no terminal to enter them.`,
    hint: isHandOff ? `Say who you are: ${own} --as you@example.com` : `Run this in a terminal: ${own}`,
    remedies: [bearer],
  });
}
