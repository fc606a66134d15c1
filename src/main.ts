import { rootHelp } from './commands/help.ts';
import { quickParse } from './commands/quick-parse.ts';
import { type CommandLine, commandLine } from './commands/short-forms.ts';
import type { CommandInput, CommandSpec } from './commands/spec.ts';
import { BINARIES, COMMANDS } from './commands/table.ts';
import type { Context } from './context.ts';
import { CodemieError, isInterrupted, messageOf, systemCode } from './system/errors.ts';
import { exitCode } from './system/exit-codes.ts';
import { requireNode } from './system/node-version.ts';
import { requireOwnFolder } from './system/own-folder.ts';
import { endProcess } from './system/process/end.ts';
import { listenForSignals } from './system/process/stop-signals.ts';
import { trimVariables } from './system/process/trim-variables.ts';
import { shellOf } from './system/shell.ts';
import { workingFolder } from './system/working-folder.ts';
import { standardStreams } from './terminal/process-streams.ts';

/** Commands that scripts and agents run often; they are parsed without commander. */
const QUICK = new Set(['token', 'profile status', 'run']);

const streams = standardStreams();

/** The program. `bin` is the name it was started with. Only this file turns an outcome into an exit code. */
export function main(bin: string): void {
  const line = commandLine([...(BINARIES[bin] ?? []), ...process.argv.slice(2)]);
  // Hides the arguments in the process list, where a token given on the command line would be visible. On Windows this
  // would only change the title of the window.
  if (process.platform !== 'win32' && line.argv.some((word) => word.startsWith('--jwt-token')))
    process.title = bin;
  const stop = new AbortController();
  // By default Node prints the error with its stack and everything it quotes. The agent ends with us (child.ts).
  process.on('uncaughtException', (error) => void failed(line, error, bin).then(finish));
  run(line, stop)
    .catch((thrown: unknown) => failed(line, stop.signal.aborted ? stop.signal.reason : thrown, bin))
    .then(finish);
}

/** Reports an error as text or JSON. @returns the exit code; never rejects. */
async function failed(line: CommandLine, thrown: unknown, bin = 'codemie'): Promise<number> {
  try {
    const { asCodemieError, errorJson, errorText } = await import('./terminal/render-error.ts');
    const { errorForUser } = await import('./terminal/error-for-user.ts');
    const { platform, env } = process;
    const isTTY = streams.isTTY?.('stdin') ?? false;
    const typed = { platform, env, isTTY, bin, words: BINARIES[bin] };
    const error = errorForUser(asCodemieError(thrown), typed);
    if (has(line, '--json')) streams.write('stdout', `${errorJson(error)}\n`);
    else if (!isInterrupted(error)) streams.write('stderr', `${errorText(error, has(line, '--verbose'))}\n`);
    return exitCode(error.exit);
  } catch {
    // The program's own files are missing or damaged.
    return exitCode('failed');
  }
}

async function run(line: CommandLine, stop: AbortController): Promise<number> {
  const { argv } = line;
  const [first] = argv;
  if (first === '--version' || first === '-V' || first === '-v') return say(CODEMIE_VERSION);
  // A program with only `--version` prints our version, which needs no credential; an agent's is behind `--`.
  if ((first === 'run' || first === 'mcp') && argv.length === 3 && argv[2] === '--version')
    return say(CODEMIE_VERSION);
  const isHelp = first === undefined || first === '--help' || first === '-h' || first === 'help';
  if (isHelp && argv.length < 2) return say(rootHelp(COMMANDS).trimEnd());
  requireNode(process.versions.node, process.execPath);
  const takeSignals = listenForSignals(process, stop, ({ exit }) => endProcess(exitCode(exit)));
  // Loaded only once a command runs: the version and the root help do not need it.
  const { createContext } = await import('./context.ts');
  const { configuredCa } = await import('./config/ca-file.ts');
  const { secretNames } = await import('./config/secret-variables.ts');
  const { mayHoldSecrets } = await import('./credentials/legacy/detect.ts');
  const unquoted = trimVariables(process.env);
  // The libraries that draw prompts and spinners read the variable, too.
  if (has(line, '--no-color')) process.env['NO_COLOR'] = '1';
  const context = createContext({
    env: process.env,
    cwd: workingFolder(process.env),
    streams,
    signal: stop.signal,
    takeSignals,
    caFile: flagValue(argv, '--ca-file'),
    configuredCa,
    secretNames,
    noInput: has(line, '--no-input'),
  });
  for (const name of unquoted) context.terminal.say(`The quotes around the value of ${name} were ignored.`);
  const chosen = await choose(argv, context);
  if (chosen === undefined) return 0;
  const repaired = requireOwnFolder(context.home);
  if (repaired !== undefined) context.terminal.say(repaired);
  if (chosen.spec.imports === true && mayHoldSecrets(context.home)) {
    const { importLegacySecrets } = await import('./credentials/legacy/import.ts');
    await importLegacySecrets(context);
  }
  const command = await chosen.spec.load();
  return (await command.run(chosen.input, context)) ?? 0;
}

async function choose(
  argv: readonly string[],
  context: Context,
): Promise<{ spec: CommandSpec; input: CommandInput } | undefined> {
  const isHelp = argv[1] === '--help' || argv[1] === '-h';
  for (const spec of isHelp ? [] : COMMANDS) {
    if (!QUICK.has(spec.path.join(' ')) || !spec.path.every((word, i) => argv[i] === word)) continue;
    const input = quickParse(spec, argv.slice(spec.path.length));
    if (input !== undefined) return { spec, input };
  }
  const { parseProgram } = await import('./commands/program.ts');
  return parseProgram(COMMANDS, argv, context.terminal, shellOf(context.platform, context.env));
}

/** Flags that decide how an error is shown must be known even if parsing failed; flags after `--` are not ours. */
function has({ argv, leading }: CommandLine, flag: string): boolean {
  if (leading.includes(flag)) return true;
  // A launched agent may have flags with the same names.
  if (argv[0] === 'run') return false;
  const end = argv.indexOf('--');
  return (end === -1 ? argv : argv.slice(0, end)).includes(flag);
}

/** The value of a flag that applies before parsing; agents have no flag with this name. */
function flagValue(argv: readonly string[], flag: string): string | undefined {
  const end = argv.indexOf('--');
  const own = end === -1 ? argv : argv.slice(0, end);
  const at = own.indexOf(flag);
  return at === -1 ? own.find((word) => word.startsWith(`${flag}=`))?.slice(flag.length + 1) : own[at + 1];
}

function say(text: string): number {
  streams.write('stdout', `${text}\n`);
  return 0;
}

/** Lets pending output drain before the process exits. Does not wait for handles that a command left open. */
function finish(code: number): void {
  process.exitCode = code;
  streams.drain((lost) => {
    if (lost === undefined) return endProcess(code);
    void failed({ argv: [], leading: [] }, outputLost(lost)).then((worse) =>
      endProcess(code === 0 ? worse : code),
    );
  });
}

function outputLost(cause: unknown): CodemieError {
  return new CodemieError({
    code: 'OUTPUT_LOST',
    message: `Couldn't write all output (${systemCode(cause) ?? messageOf(cause)}).`,
    hint: 'Free up disk space, or write the output somewhere else.',
    cause,
  });
}
