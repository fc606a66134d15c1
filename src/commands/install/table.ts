import { type CommandSpec, JSON_OPTION } from '../spec.ts';

export const INSTALL_COMMANDS: readonly CommandSpec[] = [
  {
    path: ['install'],
    summary: 'Install a coding agent (in ~/.codemie/agents, not globally)',
    description:
      'Installs the tested version of an agent from npm. An agent on your PATH takes precedence. The installed agent never updates itself.',
    args: [
      {
        name: 'agent',
        summary: 'claude, opencode, codex or gemini (omit to list agents)',
        optional: true,
      },
    ],
    options: [
      {
        name: 'version',
        value: 'version',
        summary: 'version or tag to install',
        default: 'the tested version',
      },
      JSON_OPTION,
    ],
    examples: [
      { command: 'codemie install claude', does: 'install Claude Code' },
      { command: 'codemie install', does: 'list the agents and where they are installed' },
    ],
    load: () => import('./install.ts'),
  },
];
