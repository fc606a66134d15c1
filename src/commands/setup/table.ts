import { type CommandSpec, JSON_OPTION, PROFILE_OPTION, STORE_CHOICE } from '../spec.ts';

export const SETUP_COMMANDS: readonly CommandSpec[] = [
  {
    path: ['setup'],
    imports: true,
    summary: 'Connect to CodeMie, step by step',
    description:
      'Checks what your CodeMie server offers, signs you in, lets you choose a project and model, tests the connection, and saves a profile. Each prompt can be answered with a flag.',
    options: [
      { name: 'url', value: 'url', summary: 'CodeMie URL' },
      { name: 'method', value: 'method', choices: ['sso', 'bearer', 'api-key'], summary: 'how to sign in' },
      {
        name: 'provider',
        value: 'name',
        summary:
          "sso, bearer-auth, or the API key's provider: openai, anthropic, litellm, openai-compatible, anthropic-compatible",
      },
      PROFILE_OPTION,
      { name: 'project', value: 'name', summary: 'project to use' },
      { name: 'model', value: 'id', summary: 'model to use', default: 'chosen by each agent' },
      {
        name: 'token-env',
        value: 'name',
        summary: 'environment variable to read the token from',
        default: 'CODEMIE_JWT_TOKEN',
      },
      {
        name: 'store',
        value: 'store',
        ...STORE_CHOICE,
        summary: 'where to store your sign-in',
        default: 'keychain',
      },
      { name: 'device', summary: 'sign in on another device, with a short code' },
      { name: 'no-browser', summary: 'print the sign-in link instead of opening a browser' },
      { name: 'timeout', value: 'duration', summary: 'how long to wait for sign-in', default: '120s' },
      {
        name: 'as',
        value: 'email',
        summary: 'account you expect to sign in as; required when codemie cannot prompt',
      },
      {
        name: 'yes',
        short: 'y',
        summary: 'never prompt: use the flags, and defaults for the rest',
      },
      JSON_OPTION,
    ],
    examples: [
      { command: 'codemie setup', does: 'set up interactively' },
      {
        command: 'codemie setup --url https://codemie.example.com --method bearer',
        does: 'set up a machine that reads its token from the environment',
      },
      {
        command: 'codemie setup --url https://codemie.example.com --project team-a --yes --json',
        does: 'set up in a script',
      },
    ],
    load: () => import('./setup.ts'),
  },
];
