import type { Step } from '../step.ts';

/** CodeMie SSO where the platform offers it, or bearer tokens given at run time. */
export const method: Step = {
  id: 'method',
  run: async (context, answers) => {
    const { flags, facts } = answers;
    const hasSso = facts?.ways.includes('oidc') === true;
    const preset = hasSso ? 'sso' : 'bearer';
    answers.method = flags.method ?? (flags.tokenEnv === undefined ? undefined : 'bearer') ?? preset;
    if (flags.method !== undefined || flags.tokenEnv !== undefined) return;
    if (!context.terminal.interactive) {
      context.terminal.say(
        `  Signing in with ${preset === 'sso' ? 'CodeMie SSO' : 'Bearer Authorization'} (choose with --method).`,
      );
      return;
    }
    const prompts = await context.terminal.prompts();
    answers.method = await prompts.select({
      flag: '--method sso|bearer|api-key',
      message: 'How do you sign in?',
      // A platform that names no identity provider has a sign-in of its own.
      default: 'sso',
      choices: [
        { value: 'sso', name: 'CodeMie SSO', description: 'in the browser, with your company account' },
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
