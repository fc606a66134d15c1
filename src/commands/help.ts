import type { CommandSpec } from './spec.ts';

/** The first screen. Written from the table without commander, because people and completion ask for it often. */
export function rootHelp(specs: readonly CommandSpec[]): string {
  const rows = specs.map((spec) => [spec.path.join(' '), spec.summary] as const);
  const width = Math.max(...rows.map(([name]) => name.length));
  return [
    'codemie: sign in to a CodeMie platform once, stay signed in, and run coding agents with it.',
    '',
    'Examples:',
    '  $ codemie setup                                   connect this machine, step by step',
    '  $ codemie-claude "explain this repository"        run Claude Code signed in',
    '  $ codemie doctor                                  find out what is wrong',
    '',
    'Commands:',
    ...rows.map(([name, summary]) => `  ${name.padEnd(width)}  ${summary}`),
    '',
    'Every command: --help, --no-input, --no-color, --verbose. Debug log on stderr: CODEMIE_DEBUG=true.',
    '',
  ].join('\n');
}
