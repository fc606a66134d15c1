import { type Advice, type CodemieError, usageError } from '../system/errors.ts';

/** The launcher's own flags, and the arguments that belong to the agent. */
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
  /** A session ID, or true for the latest. */
  readonly resume: string | true | undefined;
  readonly ci: boolean;
  readonly trustProject: boolean;
  readonly trustWorkspace: boolean;
  readonly printConfig: boolean;
  readonly help: boolean;
  /** Positionals and unknown flags in order, then everything after `--`. */
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
  // Already read before the arguments are parsed.
  '--ca-file': 'caFile',
} as const;
const SWITCHES = {
  '--silent': 'silent',
  '--ci': 'ci',
  '--trust-project': 'trustProject',
  '--trust-workspace': 'trustWorkspace',
  '--print-config': 'printConfig',
} as const;

/** What these words did in the launchers of the earlier version, with the command that does it now. */
const FORMER_COMMANDS: Readonly<Record<string, { readonly why: string; readonly advice: Advice }>> = {
  health: { why: 'codemie checks all agents at once.', advice: { fix: 'codemie doctor' } },
  setup: { why: 'You set up codemie once for all agents.', advice: { fix: 'codemie setup' } },
  init: {
    why: "codemie doesn't install development frameworks.",
    advice: { hint: "Use the framework's own installer. To send this word as a prompt, put it after --." },
  },
};

/**
 * File names of standard input. Stdin may be a file that can be read twice: the agent would then read the token as
 * its prompt.
 */
const STDIN = ['-', '/dev/stdin', '/dev/fd/0', '/proc/self/fd/0'];

/**
 * Splits a launcher's arguments: our flags may be anywhere before `--`; unknown arguments go to the agent, in order.
 *
 * @param ofAgent flags of ours that this agent has itself, and gets as they were typed.
 * @param program the launcher, as people type it: `codemie-claude`.
 * @throws USAGE when one of our flags lacks its value or is repeated, for an API key among the arguments, and for
 *   commands of the earlier version's launchers.
 */
export function parseLaunch(
  argv: readonly string[],
  program = 'codemie run',
  ofAgent: readonly string[] = [],
): LaunchArguments {
  const values: Record<string, string | boolean> = {};
  const rest: string[] = [];
  for (let i = 0; i < argv.length; i += 1) {
    const word = argv[i] ?? '';
    if (word === '--') {
      refuseFormerCommand(rest, values);
      // A command of the agent, such as `mcp add NAME -- COMMAND`, needs it.
      rest.push(...argv.slice(rest[0] === 'mcp' ? i : i + 1));
      return launchArguments(values, rest);
    }
    const at = word.startsWith('--') ? word.indexOf('=') : -1;
    const name = at === -1 ? word : word.slice(0, at);
    if (name === '--api-key') throw apiKeyInArguments();
    if (ofAgent.includes(name)) rest.push(word);
    else if (name === '--resume') {
      // The value is optional, as it is in the agents: an ID is one word, and a prompt hardly ever is.
      const next = at === -1 ? argv[i + 1] : word.slice(at + 1);
      const isId = next !== undefined && /^[\w.:-]+$/.test(next) && !next.startsWith('-');
      if (at === -1 && isId) i += 1;
      values['resume'] = isId ? next : true;
    } else if (Object.hasOwn(WITH_VALUE, name)) {
      const value = at === -1 ? argv[i + 1] : word.slice(at + 1);
      if (at === -1) i += 1;
      if (value === undefined) throw usageError(`${name} needs a value.`, { fix: `${program} --help` });
      const key = WITH_VALUE[name as keyof typeof WITH_VALUE];
      if (key in values) throw usageError(`${name} can be given only once.`, { fix: `${program} --help` });
      values[key] = value;
    } else if (Object.hasOwn(SWITCHES, word)) values[SWITCHES[word as keyof typeof SWITCHES]] = true;
    else if ((word === '--help' || word === '-h') && rest.length === 0) values['help'] = true;
    else rest.push(word);
  }
  refuseFormerCommand(rest, values);
  return launchArguments(values, rest);
}

function refuseFormerCommand(
  [first = '']: readonly string[],
  values: Readonly<Record<string, unknown>>,
): void {
  if (values['task'] !== undefined || !Object.hasOwn(FORMER_COMMANDS, first)) return;
  const { why, advice } = FORMER_COMMANDS[first] ?? {};
  throw usageError(`Launchers have no "${first}" command. ${why ?? ''}`, advice);
}

function apiKeyInArguments(): CodemieError {
  return usageError(
    '--api-key is not accepted here: every program that lists processes could see your key.',
    { hint: 'Put the key in CODEMIE_API_KEY instead.' },
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
