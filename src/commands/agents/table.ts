import type { CommandSpec } from '../spec.ts';
import { LAUNCH_OPTIONS } from './options.ts';

export const AGENT_COMMANDS: readonly CommandSpec[] = [
  {
    path: ['run'],
    summary: 'Run a coding agent (codemie-claude is short for codemie run claude)',
    passThrough: true,
    args: [
      { name: 'agent', summary: 'claude, opencode, codex or gemini' },
      { name: 'args', summary: 'options and prompt for the agent', optional: true, variadic: true },
    ],
    options: LAUNCH_OPTIONS,
    examples: [
      { command: 'codemie-claude "explain this repository"', does: 'start an interactive session' },
      {
        command:
          'codemie-claude --jwt-token "$TOKEN" --base-url https://codemie.example.com --task "review this commit"',
        does: 'run in CI, without setup',
      },
    ],
    load: () => import('./run.ts'),
  },
];
