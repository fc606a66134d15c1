import type { CommandSpec } from '../spec.ts';
import { LAUNCH_OPTIONS } from './options.ts';

export const AGENT_COMMANDS: readonly CommandSpec[] = [
  {
    path: ['run'],
    summary: 'run a coding agent signed in (codemie-claude is: codemie run claude)',
    passThrough: true,
    args: [
      { name: 'agent', summary: 'claude, opencode, codex or gemini' },
      { name: 'args', summary: 'flags and prompt of the agent', optional: true, variadic: true },
    ],
    options: LAUNCH_OPTIONS,
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
