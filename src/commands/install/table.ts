import { type CommandSpec, JSON_OPTION } from '../spec.ts';

export const INSTALL_COMMANDS: readonly CommandSpec[] = [
  {
    path: ['install'],
    summary: 'install a coding agent into a folder of our own',
    description:
      'Installs from npm the version each agent was tried with. It is used where PATH has none, touches nothing global, and never updates by itself.',
    args: [
      {
        name: 'agent',
        summary: 'claude, opencode, codex or gemini; without one, what there is',
        optional: true,
      },
    ],
    options: [
      {
        name: 'version',
        value: 'version',
        summary: 'another version or tag',
        default: 'the one it was tried with',
      },
      JSON_OPTION,
    ],
    examples: [
      { command: 'codemie install claude', does: 'install Claude Code' },
      { command: 'codemie install', does: 'show which agents there are, and where' },
    ],
    load: () => import('./install.ts'),
  },
];
