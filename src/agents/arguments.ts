import { type CodemieError, usageError } from '../system/errors.ts';

/** Our own flags of a launcher, and what belongs to the agent. */
export interface LaunchArguments {
  readonly task: string | undefined;
  readonly silent: boolean;
  readonly jwtToken: string | undefined;
  readonly jwtTokenFile: string | undefined;
  readonly baseUrl: string | undefined;
  readonly profile: string | undefined;
  readonly provider: string | undefined;
  readonly model: string | undefined;
  readonly project: string | undefined;
  readonly integration: string | undefined;
  readonly timeout: string | undefined;
  /** An id, or true for the latest. */
  readonly resume: string | true | undefined;
  readonly ci: boolean;
  readonly trustProject: boolean;
  readonly trustWorkspace: boolean;
  readonly printConfig: boolean;
  readonly help: boolean;
  /** Positionals and unknown flags in their order, then everything after `--`. */
  readonly rest: readonly string[];
}

const WITH_VALUE = {
  '--task': 'task',
  '--jwt-token': 'jwtToken',
  '--jwt-token-file': 'jwtTokenFile',
  '--base-url': 'baseUrl',
  '--profile': 'profile',
  '--provider': 'provider',
  '--model': 'model',
  '--project': 'project',
  '--integration': 'integration',
  '--timeout': 'timeout',
  // Taken note of before anything is parsed.
  '--ca-file': 'caFile',
} as const;
const SWITCHES = {
  '--silent': 'silent',
  '--ci': 'ci',
  '--trust-project': 'trustProject',
  '--trust-workspace': 'trustWorkspace',
  '--print-config': 'printConfig',
} as const;

/** What the launchers of the older program did for these words, by the command that does it here. */
const FORMER: Readonly<Record<string, readonly [message: string, hint: string]>> = {
  health: ['codemie checks all agents at once.', 'codemie doctor'],
  setup: ['codemie is set up once for all agents.', 'codemie setup'],
  init: [
    'codemie installs no development frameworks.',
    'Use the installer of the framework; a prompt that is this one word goes after --',
  ],
};

/** Standard input by the names of a file. A file behind it could be read again: the agent would get the token as its prompt. */
const STDIN = ['-', '/dev/stdin', '/dev/fd/0', '/proc/self/fd/0'];

/**
 * Splits a launcher's arguments: our flags may stand anywhere before `--`; whatever we do not know is the agent's and
 * keeps its order.
 *
 * @throws USAGE when one of our flags lacks its value or is given twice, for a key among the arguments, and for what the
 *   launchers of the older program did beside starting the agent.
 */
export function parseLaunch(argv: readonly string[]): LaunchArguments {
  const values: Record<string, string | boolean> = {};
  const rest: string[] = [];
  for (let i = 0; i < argv.length; i += 1) {
    const word = argv[i] ?? '';
    if (word === '--') {
      refuseFormer(rest, values);
      rest.push(...argv.slice(i + 1));
      return launchArguments(values, rest);
    }
    const at = word.startsWith('--') ? word.indexOf('=') : -1;
    const name = at === -1 ? word : word.slice(0, at);
    if (name === '--api-key') throw keyAmongArguments();
    if (name === '--resume') {
      // The value is optional, as agents have it: an id is one word, and a prompt hardly ever is.
      const next = at === -1 ? argv[i + 1] : word.slice(at + 1);
      const isId = next !== undefined && /^[\w.:-]+$/.test(next) && !next.startsWith('-');
      if (at === -1 && isId) i += 1;
      values['resume'] = isId ? next : true;
    } else if (Object.hasOwn(WITH_VALUE, name)) {
      const value = at === -1 ? argv[i + 1] : word.slice(at + 1);
      if (at === -1) i += 1;
      if (value === undefined) throw usageError(`${name} needs a value.`, 'codemie-claude --help');
      const key = WITH_VALUE[name as keyof typeof WITH_VALUE];
      if (key in values) throw usageError(`${name} was given twice.`, 'codemie-claude --help');
      values[key] = value;
    } else if (Object.hasOwn(SWITCHES, word)) values[SWITCHES[word as keyof typeof SWITCHES]] = true;
    else if ((word === '--help' || word === '-h') && rest.length === 0) values['help'] = true;
    else rest.push(word);
  }
  refuseFormer(rest, values);
  return launchArguments(values, rest);
}

function refuseFormer([first = '']: readonly string[], values: Readonly<Record<string, unknown>>): void {
  if (values['task'] !== undefined || !Object.hasOwn(FORMER, first)) return;
  const [message, hint] = FORMER[first] ?? [];
  throw usageError(`A launcher has no command "${first}": ${message ?? ''}`, hint);
}

function keyAmongArguments(): CodemieError {
  return usageError(
    '--api-key would show your key to every program that lists processes, so it is not taken.',
    'Leave the flag out, and put the key into the variable CODEMIE_API_KEY',
  );
}

function launchArguments(
  values: Readonly<Record<string, string | boolean>>,
  rest: readonly string[],
): LaunchArguments {
  const text = (key: string): string | undefined =>
    typeof values[key] === 'string' ? values[key] : undefined;
  const file = text('jwtTokenFile');
  const isPiped = file !== undefined && STDIN.includes(file) && !('jwtToken' in values);
  return {
    task: text('task'),
    silent: values['silent'] === true,
    jwtToken: isPiped ? '-' : text('jwtToken'),
    jwtTokenFile: isPiped ? undefined : file,
    baseUrl: text('baseUrl'),
    profile: text('profile'),
    provider: text('provider'),
    model: text('model'),
    project: text('project'),
    integration: text('integration'),
    timeout: text('timeout'),
    resume: values['resume'] === true ? true : text('resume'),
    ci: values['ci'] === true,
    trustProject: values['trustProject'] === true,
    trustWorkspace: values['trustWorkspace'] === true,
    printConfig: values['printConfig'] === true,
    help: values['help'] === true,
    rest,
  };
}
