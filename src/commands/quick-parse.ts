import { parseArgs } from 'node:util';
import { type CommandInput, type CommandSpec, GLOBAL_OPTIONS, OptionValues } from './spec.ts';

/**
 * The quick road for commands that scripts and agents call all day: parses without loading commander. Anything it
 * does not understand perfectly (unknown flag, missing value, help) is left to commander, which words the error.
 *
 * @returns the input, or undefined to take the long road.
 */
export function quickParse(spec: CommandSpec, argv: readonly string[]): CommandInput | undefined {
  if (spec.passThrough === true) return { options: new OptionValues(new Map()), args: argv };
  try {
    const options = [...spec.options, ...GLOBAL_OPTIONS];
    const { values, positionals } = parseArgs({
      args: [...argv],
      options: Object.fromEntries(
        options.map((option) => [
          option.name,
          { type: 'value' in option ? ('string' as const) : ('boolean' as const) },
        ]),
      ),
      allowPositionals: true,
      strict: true,
    });
    if (values['help'] === true || positionals.length > 0) return undefined;
    const map = new Map<string, string | true>();
    for (const [name, value] of Object.entries(values)) {
      if (typeof value === 'string' || value === true) map.set(name, value);
    }
    return { options: new OptionValues(map), args: [] };
  } catch {
    return undefined;
  }
}
