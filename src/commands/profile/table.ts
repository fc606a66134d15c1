import { type CommandSpec, JSON_OPTION, PROFILE_OPTION, STORE_CHOICE } from '../spec.ts';

const METHODS = ['browser', 'device', 'hand-off', 'local'] as const;
const CI_GRANTS = ['client-assertion', 'jwt-bearer', 'token-exchange'] as const;

export const PROFILE_COMMANDS: readonly CommandSpec[] = [
  {
    path: ['profile', 'login'],
    imports: true,
    summary: 'sign in to a platform',
    description:
      'Signs in by browser (authorization code with PKCE, or the platform’s own sign-in), by device code, with a token or key read from stdin, or with the identity of a pipeline, and keeps the credential in the secret store.',
    options: [
      { name: 'url', value: 'url', summary: 'address of the CodeMie platform' },
      PROFILE_OPTION,
      {
        name: 'store',
        value: 'store',
        ...STORE_CHOICE,
        summary: 'where the credential is kept',
        default: 'keychain',
      },
      { name: 'no-browser', summary: 'print the address instead of opening a browser' },
      { name: 'device', summary: 'sign in on another device with a short code' },
      { name: 'with-token', summary: 'read a platform JWT from stdin' },
      { name: 'api-key', summary: 'read the key of a model provider, hidden or from stdin' },
      { name: 'ci', summary: 'exchange the identity token of this pipeline for a platform token' },
      {
        name: 'non-interactive',
        summary: 'print what a person must do as JSON and end; the same call again completes the sign-in',
      },
      {
        name: 'method',
        value: 'method',
        choices: METHODS,
        summary: 'force a way in that would not be chosen here',
        default: 'by what the platform offers',
      },
      {
        name: 'provider',
        value: 'name',
        summary: 'with --api-key: openai, anthropic, litellm, openai-compatible or anthropic-compatible',
      },
      {
        name: 'audience',
        value: 'audience',
        summary: 'with --ci: audience of the identity token',
        default: 'the issuer',
      },
      {
        name: 'grant',
        value: 'grant',
        choices: CI_GRANTS,
        summary: 'with --ci: how it is exchanged',
        default: 'what the issuer offers',
      },
      { name: 'project', value: 'name', summary: 'project to work in', default: 'the only one, else asked' },
      { name: 'as', value: 'email', summary: 'whose sign-in it must be; needed where nobody can be asked' },
      { name: 'insecure-storage', summary: 'keep it unencrypted in a file (same as --store plaintext-file)' },
      {
        name: 'timeout',
        value: 'duration',
        summary: 'how long to wait for the person',
        default: '120s, 15m with --device',
      },
      { name: 'issuer', value: 'url', summary: 'OpenID provider, when the platform does not name it' },
      { name: 'client-id', value: 'id', summary: 'OAuth client to sign in as', default: 'codemie-cli' },
      { name: 'callback-port', value: 'port', summary: 'fixed port of the loopback callback', default: '0' },
      JSON_OPTION,
    ],
    examples: [
      {
        command: 'codemie profile login --url https://codemie.example.com',
        does: 'sign in with the browser',
      },
      { command: 'codemie profile login --device', does: 'sign in from a machine without a browser' },
      {
        command: 'echo "$TOKEN" | codemie profile login --url https://codemie.example.com --with-token',
        does: 'keep a token you were given',
      },
      {
        command: 'codemie profile login --profile openai --api-key --provider openai',
        does: 'keep the key of a model provider',
      },
      {
        command: 'codemie profile login --url https://codemie.example.com --ci',
        does: 'sign in as a pipeline, for the commands of a job',
      },
    ],
    load: () => import('./login.ts'),
  },
  {
    path: ['profile', 'status'],
    imports: true,
    summary: 'show who is signed in, where, and for how long',
    options: [
      PROFILE_OPTION,
      JSON_OPTION,
      { name: 'offline', summary: 'only what this machine knows; no request' },
      { name: 'check', summary: 'print nothing; answer by exit code (0, 4, 5)' },
    ],
    examples: [
      { command: 'codemie profile status', does: 'connection, identity, expiry and models' },
      { command: 'codemie profile status --json | jq .state', does: 'the same for scripts' },
    ],
    load: () => import('./status.ts'),
  },
  {
    path: ['profile', 'refresh'],
    summary: 'renew the credential now',
    options: [PROFILE_OPTION, JSON_OPTION],
    examples: [
      { command: 'codemie profile refresh', does: 'extend the session before a long task' },
      { command: 'codemie profile refresh --json | jq .expiresAt', does: 'renew and read the new expiry' },
    ],
    load: () => import('./refresh.ts'),
  },
  {
    path: ['profile', 'logout'],
    summary: 'remove the credential and revoke it at the server',
    options: [
      PROFILE_OPTION,
      { name: 'all', summary: 'every profile' },
      { name: 'yes', short: 'y', summary: 'do not ask' },
      JSON_OPTION,
    ],
    examples: [
      { command: 'codemie profile logout', does: 'sign out of the active profile' },
      { command: 'codemie profile logout --all --yes', does: 'sign out everywhere' },
    ],
    load: () => import('./logout.ts'),
  },
  {
    path: ['profile', 'move'],
    summary: 'move the credential to another secret store',
    options: [
      { name: 'to', value: 'store', ...STORE_CHOICE, summary: 'where to keep it' },
      PROFILE_OPTION,
      JSON_OPTION,
    ],
    examples: [
      { command: 'codemie profile move --to encrypted-file', does: 'to a file behind a passphrase' },
      { command: 'codemie profile move --to keychain --profile work', does: 'of another profile' },
    ],
    load: () => import('./move.ts'),
  },
  {
    path: ['profile', 'list'],
    imports: true,
    summary: 'show the profiles',
    options: [JSON_OPTION],
    examples: [
      { command: 'codemie profile list', does: 'names, platforms, and which one is active' },
      { command: "codemie profile list --json | jq -r '.profiles[].name'", does: 'the names for scripts' },
    ],
    load: () => import('./list.ts'),
  },
  {
    path: ['profile', 'use'],
    summary: 'make a profile the active one',
    args: [{ name: 'name', summary: 'the profile' }],
    options: [JSON_OPTION],
    examples: [
      { command: 'codemie profile use work', does: 'work with "work" from now on' },
      { command: 'CODEMIE_PROFILE=home codemie profile status', does: 'another one, for one command' },
    ],
    load: () => import('./use.ts'),
  },
  {
    path: ['profile', 'rename'],
    summary: 'give a profile another name',
    args: [
      { name: 'old', summary: 'its name' },
      { name: 'new', summary: 'its new name' },
    ],
    options: [JSON_OPTION],
    examples: [
      { command: 'codemie profile rename default work', does: 'call it "work"' },
      { command: 'codemie profile rename work work-eu', does: 'and then "work-eu"' },
    ],
    load: () => import('./rename.ts'),
  },
  {
    path: ['profile', 'delete'],
    summary: 'remove a profile, and its credential unless another profile uses it',
    args: [{ name: 'name', summary: 'the profile' }],
    options: [{ name: 'yes', short: 'y', summary: 'do not ask' }, JSON_OPTION],
    examples: [
      { command: 'codemie profile delete old', does: 'ask, then remove it' },
      { command: 'codemie profile delete old --yes', does: 'without a question' },
    ],
    load: () => import('./delete.ts'),
  },
  {
    path: ['token'],
    summary: 'print the access token, renewed when needed',
    options: [
      PROFILE_OPTION,
      JSON_OPTION,
      {
        name: 'min-ttl',
        value: 'duration',
        summary: 'renew when it would not live that long',
        default: '60s',
      },
      { name: 'show', summary: 'print it even to a terminal' },
    ],
    examples: [
      {
        command: 'echo "Authorization: Bearer $(codemie token)" | curl -H @- …',
        does: 'call the platform from a script',
      },
      {
        command: 'codemie token --json --min-ttl 10m',
        does: 'token and expiry, good for at least ten minutes',
      },
    ],
    load: () => import('./token.ts'),
  },
];
