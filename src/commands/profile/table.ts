import { CI_GRANTS, METHODS } from '../../sign-in/methods.ts';
import { type CommandSpec, JSON_OPTION, PROFILE_OPTION, STORE_CHOICE } from '../spec.ts';

export const PROFILE_COMMANDS: readonly CommandSpec[] = [
  {
    path: ['profile', 'login'],
    imports: true,
    summary: 'Sign in to CodeMie',
    description:
      'Sign in with your browser, a device code, a token or API key from stdin, or the identity of a CI job. Your sign-in is stored in the system keychain unless you choose another store.',
    options: [
      { name: 'url', value: 'url', summary: 'CodeMie URL' },
      PROFILE_OPTION,
      {
        name: 'store',
        value: 'store',
        ...STORE_CHOICE,
        summary: 'where to store your sign-in',
        default: 'keychain',
      },
      { name: 'no-browser', summary: 'print the sign-in link instead of opening a browser' },
      { name: 'device', summary: 'sign in on another device, with a short code' },
      { name: 'with-token', summary: 'read a CodeMie JWT from stdin' },
      { name: 'api-key', summary: 'read an API key from a hidden prompt or stdin' },
      { name: 'ci', summary: "exchange this CI job's identity token for an access token" },
      {
        name: 'non-interactive',
        summary: 'print sign-in instructions as JSON and exit; run again to finish',
      },
      {
        name: 'method',
        value: 'method',
        choices: METHODS,
        summary: 'force a sign-in method',
        default: 'chosen from what the server offers',
      },
      {
        name: 'provider',
        value: 'name',
        summary:
          'provider of the --api-key: openai, anthropic, litellm, openai-compatible or anthropic-compatible',
      },
      {
        name: 'audience',
        value: 'audience',
        summary: 'audience of the --ci identity token',
        default: 'the issuer',
      },
      {
        name: 'grant',
        value: 'grant',
        choices: CI_GRANTS,
        summary: 'grant used to exchange the --ci identity token',
        default: 'chosen from what the issuer offers',
      },
      {
        name: 'project',
        value: 'name',
        summary: 'project to use',
        default: 'your only project, else you are asked',
      },
      {
        name: 'as',
        value: 'email',
        summary: 'account you expect to sign in as; required when codemie cannot prompt',
      },
      {
        name: 'insecure-storage',
        summary: 'store your sign-in unencrypted in a file (same as --store plaintext-file)',
      },
      {
        name: 'timeout',
        value: 'duration',
        summary: 'how long to wait for sign-in',
        default: '120s, 15m with --device',
      },
      { name: 'issuer', value: 'url', summary: 'OpenID provider, if the server does not publish one' },
      { name: 'client-id', value: 'id', summary: 'OAuth client ID', default: 'codemie-cli' },
      {
        name: 'callback-port',
        value: 'port',
        summary: 'local port for the sign-in callback',
        default: 'any free port',
      },
      JSON_OPTION,
    ],
    examples: [
      {
        command: 'codemie profile login --url https://codemie.example.com',
        does: 'sign in with your browser',
      },
      { command: 'codemie profile login --device', does: 'sign in from a machine without a browser' },
      {
        command: 'echo "$TOKEN" | codemie profile login --url https://codemie.example.com --with-token',
        does: 'store a token you already have',
      },
      {
        command: 'codemie profile login --profile openai --api-key --provider openai',
        does: 'store an OpenAI API key',
      },
      {
        command: 'codemie profile login --url https://codemie.example.com --ci',
        does: 'sign in a CI job',
      },
    ],
    load: () => import('./login.ts'),
  },
  {
    path: ['profile', 'status'],
    imports: true,
    summary: 'Show your sign-in status',
    options: [
      PROFILE_OPTION,
      JSON_OPTION,
      { name: 'offline', summary: "don't contact the server" },
      { name: 'check', summary: 'print nothing; only set the exit code (0, 4 or 5)' },
    ],
    examples: [
      { command: 'codemie profile status', does: 'show your account, expiry, connection and models' },
      { command: 'codemie profile status --json | jq .state', does: 'read the state in a script' },
    ],
    load: () => import('./status.ts'),
  },
  {
    path: ['profile', 'refresh'],
    summary: 'Refresh your sign-in now',
    options: [PROFILE_OPTION, JSON_OPTION],
    examples: [
      { command: 'codemie profile refresh', does: 'refresh before a long task' },
      { command: 'codemie profile refresh --json | jq .expiresAt', does: 'refresh and print the new expiry' },
    ],
    load: () => import('./refresh.ts'),
  },
  {
    path: ['profile', 'logout'],
    summary: 'Sign out and revoke your session',
    options: [
      PROFILE_OPTION,
      { name: 'all', summary: 'sign out of all profiles' },
      { name: 'yes', short: 'y', summary: 'skip confirmation' },
      JSON_OPTION,
    ],
    examples: [
      { command: 'codemie profile logout', does: 'sign out of the active profile' },
      { command: 'codemie profile logout --all --yes', does: 'sign out of all profiles' },
    ],
    load: () => import('./logout.ts'),
  },
  {
    path: ['profile', 'move'],
    summary: 'Move your sign-in to another credential store',
    options: [
      { name: 'to', value: 'store', ...STORE_CHOICE, summary: 'destination store' },
      PROFILE_OPTION,
      JSON_OPTION,
    ],
    examples: [
      { command: 'codemie profile move --to encrypted-file', does: 'use a file protected by a passphrase' },
      {
        command: 'codemie profile move --to keychain --profile work',
        does: "move another profile's sign-in",
      },
    ],
    load: () => import('./move.ts'),
  },
  {
    path: ['profile', 'list'],
    imports: true,
    summary: 'List profiles',
    options: [JSON_OPTION],
    examples: [
      { command: 'codemie profile list', does: 'show names, URLs and the active profile' },
      { command: "codemie profile list --json | jq -r '.profiles[].name'", does: 'print the names only' },
    ],
    load: () => import('./list.ts'),
  },
  {
    path: ['profile', 'use'],
    summary: 'Switch to a profile',
    args: [{ name: 'name', summary: 'profile name' }],
    options: [JSON_OPTION],
    examples: [
      { command: 'codemie profile use work', does: 'use "work" from now on' },
      { command: 'CODEMIE_PROFILE=home codemie profile status', does: 'use another profile for one command' },
    ],
    load: () => import('./use.ts'),
  },
  {
    path: ['profile', 'rename'],
    summary: 'Rename a profile',
    args: [
      { name: 'old', summary: 'current name' },
      { name: 'new', summary: 'new name' },
    ],
    options: [JSON_OPTION],
    examples: [
      { command: 'codemie profile rename default work', does: 'rename "default" to "work"' },
      { command: 'codemie profile rename work work-eu', does: 'rename "work" to "work-eu"' },
    ],
    load: () => import('./rename.ts'),
  },
  {
    path: ['profile', 'delete'],
    summary: 'Delete a profile and sign out of it',
    args: [{ name: 'name', summary: 'profile name' }],
    options: [{ name: 'yes', short: 'y', summary: 'skip confirmation' }, JSON_OPTION],
    examples: [
      { command: 'codemie profile delete old', does: 'delete after confirmation' },
      { command: 'codemie profile delete old --yes', does: 'delete without confirmation' },
    ],
    load: () => import('./delete.ts'),
  },
  {
    path: ['token'],
    summary: 'Print an access token, refreshing it if needed',
    options: [
      PROFILE_OPTION,
      JSON_OPTION,
      {
        name: 'min-ttl',
        value: 'duration',
        summary: 'refresh a token that expires sooner than this; warn if there is no better one',
        default: '60s',
      },
      { name: 'show', summary: 'allow printing to a terminal' },
    ],
    examples: [
      {
        command: 'echo "Authorization: Bearer $(codemie token)" | curl -H @- …',
        does: 'call the CodeMie API from a script',
      },
      {
        command: 'codemie token --json --min-ttl 10m',
        does: 'print a token valid for at least 10 minutes if the server issues such tokens, and its expiry',
      },
    ],
    load: () => import('./token.ts'),
  },
];
