import type { OptionSpec } from '../spec.ts';

/** Our own flags of a launcher; everything else is the agent's. */
export const LAUNCH_OPTIONS: readonly OptionSpec[] = [
  { name: 'task', value: 'text', summary: 'run this prompt without interaction and exit' },
  { name: 'silent', summary: 'print nothing of our own' },
  {
    name: 'jwt-token',
    value: 'token',
    sensitive: true,
    summary: 'platform JWT, or - to read it from stdin',
  },
  { name: 'jwt-token-file', value: 'file', summary: 'file that holds the platform JWT' },
  { name: 'base-url', value: 'url', summary: 'address of the platform' },
  { name: 'profile', value: 'name', summary: 'profile to use' },
  {
    name: 'provider',
    value: 'name',
    summary: 'model provider to use in place of the platform (with an API key)',
  },
  { name: 'ci', summary: 'sign in with the identity of this pipeline; nothing is stored' },
  { name: 'model', value: 'id', summary: 'model to use' },
  { name: 'project', value: 'name', summary: 'project the work is counted to' },
  { name: 'integration', value: 'id', summary: 'integration of the platform the work is charged to' },
  { name: 'resume', value: 'id', summary: 'go on with a session; without an id with the latest' },
  { name: 'timeout', value: 'duration', summary: 'end the agent after this long' },
  {
    name: 'trust-workspace',
    summary: 'let the agent trust this folder for this run (a task of Gemini CLI needs it)',
  },
  { name: 'print-config', summary: 'show what the agent would be started with, masked, and exit' },
];
