import type { CommandSpec } from '../spec.ts';

export const AGENT_COMMANDS: readonly CommandSpec[] = [
  {
    path: ['run'],
    summary: 'run a coding agent signed in (codemie-claude is: codemie run claude)',
    passThrough: true,
    args: [
      { name: 'agent', summary: 'claude' },
      { name: 'args', summary: 'flags and prompt of the agent', optional: true, variadic: true },
    ],
    options: [
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
      { name: 'model', value: 'id', summary: 'model to use' },
      { name: 'project', value: 'name', summary: 'project the work is counted to' },
      { name: 'timeout', value: 'duration', summary: 'end the agent after this long' },
      { name: 'print-config', summary: 'show what the agent would be started with, masked, and exit' },
    ],
    examples: [
      { command: 'codemie-claude "explain this repository"', does: 'interactive, signed in' },
      {
        command:
          'codemie-claude --jwt-token "$TOKEN" --base-url https://codemie.example.com --task "review this commit"',
        does: 'in a pipeline, with nothing set up',
      },
    ],
    load: () => import('./run.ts'),
  },
];
