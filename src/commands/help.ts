import type { CommandSpec } from './spec.ts';

export const TAGLINE = 'Work with CodeMie from the command line: sign in once, then run coding agents.';

/** The top-level help. It does not load commander, because people and shell completion request it often. */
export function rootHelp(specs: readonly CommandSpec[]): string {
  const rows = specs.map((spec) => [spec.path.join(' '), spec.summary] as const);
  const width = Math.max(...rows.map(([name]) => name.length));
  return [
    TAGLINE,
    '',
    'Examples:',
    '  $ codemie setup                                   Connect to CodeMie, step by step',
    '  $ codemie-claude "explain this repository"        Run Claude Code',
    '  $ codemie doctor                                  Diagnose problems',
    '',
    'Commands:',
    ...rows.map(([name, summary]) => `  ${name.padEnd(width)}  ${summary}`),
    '',
    'Short forms: login, logout, status, whoami. For help on a command: codemie help profile status',
    'All commands accept --help, --no-input, --no-color and --verbose. Set CODEMIE_DEBUG=true for a debug log.',
    '',
  ].join('\n');
}
