import { GLOBAL_OPTIONS, SHARED_OPTIONS } from './spec.ts';

/** What people type out of habit, and the command it stands for. */
export const SHORT_FORMS: Readonly<Record<string, readonly string[]>> = {
  login: ['profile', 'login'],
  logout: ['profile', 'logout'],
  status: ['profile', 'status'],
  whoami: ['profile', 'status'],
  'auth login': ['profile', 'login'],
  'auth logout': ['profile', 'logout'],
  'auth status': ['profile', 'status'],
  'auth refresh': ['profile', 'refresh'],
  'auth token': ['token'],
  'models list': ['models'],
  'config show': ['config', 'list'],
  version: ['--version'],
};

/** The words of a command line, with the flags that stood before the command. */
export interface CommandLine {
  readonly argv: readonly string[];
  /** Names of leading flags that apply to every command: `--no-color`. */
  readonly leading: readonly string[];
}

/**
 * Brings what people type into the form that commands are parsed from: flags for every command may stand before it,
 * `help profile status` is `profile status --help`, and a short form becomes its command.
 */
export function commandLine(typed: readonly string[]): CommandLine {
  const flags = leadingFlags(typed);
  const words = expand(typed.slice(flags.length));
  const leading = flags.filter((flag) => flag.startsWith('--'));
  if (words.length === 0) return { argv: words, leading };
  if (words[0] !== 'run') return { argv: beforeSeparator(words, flags), leading };
  // An agent may have flags with the same names: it gets those that its launcher reads, and no others.
  const own = flags.filter((flag, i) => isShared(flag) || isShared(flags[i - 1] ?? ''));
  return { argv: [...words.slice(0, 2), ...own, ...words.slice(2)], leading };
}

function leadingFlags(typed: readonly string[]): readonly string[] {
  let end = 0;
  while (end < typed.length) {
    const [name = '', value] = (typed[end] ?? '').split('=', 2);
    const option = GLOBAL_OPTIONS.find((known) => `--${known.name}` === name);
    if (option === undefined || option.name === 'help') break;
    end += 'value' in option && value === undefined ? 2 : 1;
  }
  return typed.slice(0, end);
}

function expand(words: readonly string[]): readonly string[] {
  const [first, second] = words;
  if (first === 'help' && second !== undefined) return [...expand(words.slice(1)), '--help'];
  const two = SHORT_FORMS[`${first} ${second}`];
  if (two !== undefined) return [...two, ...words.slice(2)];
  const one = first !== undefined && Object.hasOwn(SHORT_FORMS, first) ? SHORT_FORMS[first] : undefined;
  return one === undefined ? words : [...one, ...words.slice(1)];
}

function beforeSeparator(words: readonly string[], flags: readonly string[]): readonly string[] {
  const end = words.indexOf('--');
  return end === -1 ? [...words, ...flags] : [...words.slice(0, end), ...flags, ...words.slice(end)];
}

const isShared = (flag: string): boolean =>
  SHARED_OPTIONS.some(
    ({ name, ...more }) => flag === `--${name}` || ('value' in more && flag.startsWith(`--${name}=`)),
  );
