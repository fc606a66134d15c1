import { type CommandSpec, JSON_OPTION, PROFILE_OPTION, STORE_CHOICE } from '../spec.ts';

export const SETUP_COMMANDS: readonly CommandSpec[] = [
  {
    path: ['setup'],
    imports: true,
    summary: 'connect this machine to a platform, step by step',
    description:
      'Finds out what the platform offers, signs in or configures bearer tokens, picks project and model, tests, and saves a profile. Every question has a flag.',
    options: [
      { name: 'url', value: 'url', summary: 'address of the CodeMie platform' },
      { name: 'method', value: 'method', choices: ['sso', 'bearer', 'api-key'], summary: 'how to sign in' },
      {
        name: 'provider',
        value: 'name',
        summary:
          'sso, bearer-auth, or whose key it is: openai, anthropic, litellm, openai-compatible, anthropic-compatible',
      },
      PROFILE_OPTION,
      { name: 'project', value: 'name', summary: 'project to work in' },
      { name: 'model', value: 'id', summary: 'model to use', default: 'each agent chooses' },
      {
        name: 'token-env',
        value: 'name',
        summary: 'variable that will hold the bearer token',
        default: 'CODEMIE_JWT_TOKEN',
      },
      {
        name: 'store',
        value: 'store',
        ...STORE_CHOICE,
        summary: 'where the credential is kept',
        default: 'keychain',
      },
      { name: 'device', summary: 'sign in on another device with a short code' },
      { name: 'no-browser', summary: 'print the address instead of opening a browser' },
      { name: 'timeout', value: 'duration', summary: 'how long to wait for the person', default: '120s' },
      { name: 'as', value: 'email', summary: 'whose sign-in it must be; needed where nobody can be asked' },
      {
        name: 'yes',
        short: 'y',
        summary: 'ask nothing: take what the flags say, and the usual for the rest',
      },
      JSON_OPTION,
    ],
    examples: [
      { command: 'codemie setup', does: 'the guided way' },
      {
        command: 'codemie setup --url https://codemie.example.com --method bearer',
        does: 'prepare a machine that gets its token from the environment',
      },
      {
        command: 'codemie setup --url https://codemie.example.com --project team-a --yes --json',
        does: 'the same for scripts',
      },
    ],
    load: () => import('./setup.ts'),
  },
];
