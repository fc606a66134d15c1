import type { Adapter } from '../../agents/adapters/adapter.ts';
import { type OptionSpec, SHARED_OPTIONS } from '../spec.ts';
import { LAUNCH_OPTIONS } from './options.ts';

/** The launcher's own page; the agent's is one `--` away. */
export function launcherHelp(adapter: Adapter): string {
  const rows = [...LAUNCH_OPTIONS, ...SHARED_OPTIONS].map((option: OptionSpec) => {
    const flag = `--${option.name}${option.value === undefined ? '' : ` <${option.value}>`}`;
    return `  ${flag.padEnd(26)} ${option.summary}`;
  });
  return [
    `codemie-${adapter.name}: ${adapter.title}, signed in to your CodeMie platform.`,
    '',
    'Examples:',
    `  $ codemie-${adapter.name} "explain this repository"`,
    `  $ codemie-${adapter.name} --task "review this commit" --silent`,
    `  $ codemie-${adapter.name} --jwt-token "$TOKEN" --base-url https://codemie.example.com --task "…"`,
    '',
    'Options:',
    ...rows,
    '',
    `Everything else is ${adapter.title}'s, in its order; what follows -- is passed on untouched (its own help: -- --help, its version: -- --version).`,
  ].join('\n');
}
