import type { Adapter } from '../../agents/adapters/adapter.ts';
import { forShell, type Shell } from '../../system/shell.ts';
import { type OptionSpec, SHARED_OPTIONS } from '../spec.ts';
import { LAUNCH_OPTIONS } from './options.ts';

/** The launcher's own help; `-- --help` shows the agent's. */
export function launcherHelp(adapter: Adapter, userShell: Shell): string {
  const rows = [...LAUNCH_OPTIONS, ...SHARED_OPTIONS].map((option: OptionSpec) => {
    const flag = `--${option.name}${option.value === undefined ? '' : ` <${option.value}>`}`;
    return `  ${flag.padEnd(26)} ${option.summary}`;
  });
  const lines = [
    `Run ${adapter.title} with CodeMie.`,
    '',
    'Examples:',
    `  $ codemie-${adapter.name} "explain this repository"`,
    `  $ codemie-${adapter.name} --task "review this commit" --silent`,
    `  $ codemie-${adapter.name} --jwt-token "$TOKEN" --base-url https://codemie.example.com --task "…"`,
    '',
    'Options:',
    ...rows,
    '',
    `All other arguments are passed to ${adapter.title}, as is everything after --. For its own help: codemie-${adapter.name} -- --help`,
    ...(userShell === 'powershell'
      ? [`PowerShell keeps a bare -- for itself: write "--", or run codemie-${adapter.name}.cmd.`]
      : []),
  ];
  return lines.map((line) => forShell(line, userShell)).join('\n');
}
