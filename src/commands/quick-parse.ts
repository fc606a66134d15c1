import { type CommandInput, type CommandSpec, GLOBAL_OPTIONS, OptionValues } from './spec.ts';

/**
 * A fast path for commands that scripts and agents call all day: `--flag`, `--flag value` and `--flag=value`, without
 * loading commander. Everything else (an unknown or short flag, a missing value, help) goes to commander, which words
 * the error.
 *
 * @returns the input, or undefined when commander must parse it.
 */
export function quickParse(spec: CommandSpec, argv: readonly string[]): CommandInput | undefined {
  if (spec.passThrough === true) return { options: new OptionValues(new Map()), args: argv };
  const options = [...spec.options, ...GLOBAL_OPTIONS];
  const values = new Map<string, string | true>();
  for (let i = 0; i < argv.length; i += 1) {
    const [, name, given] = /^--([a-z][a-z-]*)(?:=(.*))?$/s.exec(argv[i] ?? '') ?? [];
    const option = options.find((known) => known.name === name);
    if (option === undefined || name === undefined || name === 'help') return undefined;
    if (!('value' in option)) {
      if (given !== undefined) return undefined;
      values.set(name, true);
      continue;
    }
    if (given === undefined) i += 1;
    const value = given ?? argv[i];
    // A word that starts with a dash is probably the next flag, and the value is missing.
    if (value === undefined || (given === undefined && value.startsWith('-'))) return undefined;
    values.set(name, value);
  }
  return { options: new OptionValues(values), args: [] };
}
