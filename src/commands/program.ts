import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { usageError } from '../system/errors.ts';
import { forShell, type Shell } from '../system/shell.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { TAGLINE } from './help.ts';
import { adviceFor } from './other-words.ts';
import {
  type CommandInput,
  type CommandSpec,
  GLOBAL_OPTIONS,
  type OptionSpec,
  type OptionValue,
  OptionValues,
} from './spec.ts';

export interface Chosen {
  readonly spec: CommandSpec;
  readonly input: CommandInput;
}

const GROUPS: Readonly<Record<string, string>> = {
  profile: 'Manage profiles: sign in, check status, refresh, sign out',
  sandbox: 'Run a local CodeMie server for testing',
  config: 'Manage global settings and trusted folders',
  gateway: 'Manage the local gateway for editors',
  mcp: 'Connect coding agents to remote MCP servers',
  audit: 'Show and verify the audit log',
  realm: 'Manage a Keycloak realm as files',
  platform: 'Prepare and run platform-managed mode',
  'platform values': 'Edit Helm values for platform-managed mode',
  'platform maintainer': 'Manage who is a maintainer of the platform',
  'platform migrate': 'Import users from Keycloak into the platform',
  'platform migration-client': 'Manage the Keycloak client of the one-time import',
};

/**
 * Parses the arguments with commander, built from the command table.
 *
 * @param userShell what the examples on a help page are written for.
 * @returns the chosen command and its input, or undefined when it printed a help page on stdout.
 * @throws USAGE with commander's message, which suggests the nearest flag or command.
 */
export async function parseProgram(
  specs: readonly CommandSpec[],
  argv: readonly string[],
  terminal: Terminal,
  userShell: Shell = 'posix',
): Promise<Chosen | undefined> {
  let chosen: Chosen | undefined;
  const root = new Command('codemie').description(TAGLINE);
  const configure = (command: Command): Command =>
    command
      .exitOverride()
      .showSuggestionAfterError(true)
      .helpOption('-h, --help', 'show help')
      .configureOutput({ writeOut: (text) => terminal.print(text), writeErr: () => undefined });
  configure(root);
  // commander would take it from a command that has a flag of this name.
  if (!specs.some((spec) => isAsked(spec, argv) && spec.options.some(({ name }) => name === 'version')))
    root.version(CODEMIE_VERSION, '-V, --version', 'print the version');
  const groups = new Map<string, Command>();
  for (const spec of specs) {
    const parent = spec.path.slice(0, -1).reduce((above, word, i) => {
      const name = spec.path.slice(0, i + 1).join(' ');
      const group = groups.get(name) ?? configure(above.command(word).description(GROUPS[name] ?? ''));
      groups.set(name, group);
      return group;
    }, root);
    const command = configure(
      parent.command(spec.path.at(-1) ?? '').description(spec.description ?? spec.summary),
    );
    command.summary(spec.summary);
    addArguments(command, spec);
    for (const option of [...spec.options, ...GLOBAL_OPTIONS]) addOption(command, option);
    command.addHelpText('after', () => examplesText(spec, userShell));
    command.action(() => {
      chosen = { spec, input: inputOf(spec, command) };
    });
  }
  try {
    // For help on a command that is not there, commander would show the help of the whole program.
    const isThere = argv[0]?.startsWith('-') === true || isKnown(argv, specs);
    const words = argv.filter((word) => isThere || (word !== '--help' && word !== '-h'));
    await root.parseAsync(words, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return undefined;
    const bare = groups.get(argv.join(' '));
    if (bare !== undefined) {
      terminal.print(bare.helpInformation().trimEnd());
      return undefined;
    }
    throw asUsage(error, argv, groups, specs);
  }
  return chosen;
}

/** @returns a sentence for an option that commander calls unknown and that people know, or undefined. */
function explained(
  sentence: string,
  argv: readonly string[],
  specs: readonly CommandSpec[],
): string | undefined {
  const [, typed = ''] = /^unknown option '(.*)'$/s.exec(sentence) ?? [];
  const [name = '', value] = typed.split('=', 2);
  if (typed === '-v') return "Unknown option '-v'. Did you mean --verbose?";
  const has = ({ options }: Pick<CommandSpec, 'options'>, isSwitch: boolean): boolean =>
    options.some((option) => `--${option.name}` === name && !(isSwitch && 'value' in option));
  const own = specs.find((spec) => isAsked(spec, argv))?.options ?? [];
  if (value !== undefined && has({ options: [...own, ...GLOBAL_OPTIONS] }, true))
    return `${name} takes no value.`;
  return argv[0] === typed && specs.some((spec) => has(spec, false))
    ? `${name} belongs after the command.`
    : undefined;
}

function isAsked({ path }: CommandSpec, argv: readonly string[]): boolean {
  return path.every((word, i) => argv[i] === word);
}

/** @returns whether the words before the first option are a command or a group. */
function isKnown(argv: readonly string[], specs: readonly CommandSpec[]): boolean {
  const end = argv.findIndex((word) => word.startsWith('-'));
  const words = end === -1 ? argv : argv.slice(0, end);
  return specs.some(({ path }) => words.every((word, i) => i >= path.length || path[i] === word));
}

function addArguments(command: Command, spec: CommandSpec): void {
  for (const arg of spec.args ?? []) {
    const name = arg.variadic === true ? `${arg.name}...` : arg.name;
    command.argument(arg.optional === true ? `[${name}]` : `<${name}>`, arg.summary);
  }
}

function addOption(command: Command, spec: OptionSpec): void {
  if (spec.name === 'help') return;
  const flags = `${spec.short === undefined ? '' : `-${spec.short}, `}--${spec.name}${spec.value === undefined ? '' : ` <${spec.value}>`}`;
  const option = new Option(
    flags,
    spec.default === undefined ? spec.summary : `${spec.summary} (default: ${spec.default})`,
  );
  if (spec.choices !== undefined) option.choices(spec.choices);
  const { refused } = spec;
  const choose = option.parseArg;
  if (refused !== undefined)
    option.argParser((value: string, previous: unknown) => {
      if (refused[value] !== undefined) throw new InvalidArgumentError(refused[value]);
      return choose?.(value, previous);
    });
  if (spec.repeatable === true)
    option.argParser((value: string, previous: readonly string[] = []) => [...previous, value]);
  if (spec.hidden === true) option.hideHelp();
  command.addOption(option);
}

function inputOf(spec: CommandSpec, command: Command): CommandInput {
  const values = new Map<string, OptionValue>();
  for (const option of [...spec.options, ...GLOBAL_OPTIONS]) {
    // commander stores `--no-browser` as `browser: false`.
    const negated = option.name.startsWith('no-');
    const key = (negated ? option.name.slice(3) : option.name).replace(/-([a-z])/g, (_, letter: string) =>
      letter.toUpperCase(),
    );
    const value: unknown = command.getOptionValue(key);
    if (negated ? value === false : value === true) values.set(option.name, true);
    else if (typeof value === 'string' || Array.isArray(value)) values.set(option.name, value);
  }
  return { options: new OptionValues(values), args: command.args };
}

function examplesText({ examples }: CommandSpec, userShell: Shell): string {
  const lines = examples.map(({ command, does }) => `  $ ${forShell(command, userShell)}\n      ${does}`);
  return `\nExamples:\n${lines.join('\n')}\n`;
}

function asUsage(
  error: CommanderError,
  argv: readonly string[],
  groups: ReadonlyMap<string, Command>,
  specs: readonly CommandSpec[],
): Error {
  let depth = 0;
  while (depth < argv.length && groups.has(argv.slice(0, depth + 1).join(' '))) depth += 1;
  const isNamed = argv[depth]?.startsWith('-') === false;
  const page = ['codemie', ...argv.slice(0, isNamed ? depth + 1 : depth)].join(' ');
  const group = ['codemie', ...argv.slice(0, depth)].join(' ');
  const [sentence = '', guess] = error.message.replace(/^error: /, '').split('\n');
  const known = !/unknown command/.test(sentence);
  const advice = known ? undefined : adviceFor(argv);
  if (advice !== undefined)
    return usageError(`${group} has no command "${argv[depth]}".`, { fix: `${group} --help`, ...advice });
  const better = explained(sentence, argv, specs);
  const message = better ?? sentence.replace(/\.?$/, '.');
  const told = message.replace(/^(?!codemie)./, (letter) => letter.toUpperCase());
  // "(Did you mean --json?)" is a part of the sentence.
  const near = guess === undefined || better !== undefined ? '' : ` ${guess.replace(/^\((.*)\)$/, '$1')}`;
  const isStray = error.code === 'commander.excessArguments';
  const hint = isStray ? specs.find((spec) => isAsked(spec, argv))?.strayHint : undefined;
  return usageError(`${told}${near}`, { fix: `${known ? page : group} --help`, hint });
}
