import { readFileSync } from 'node:fs';
import { win32 } from 'node:path';
import { CodemieError } from '../errors.ts';

/** A program and its arguments as the system takes them, without a shell. */
export interface StartCommand {
  readonly program: string;
  readonly args: readonly string[];
}

/** Facts about the machine; the default is the current one. */
export interface Machine {
  readonly platform?: NodeJS.Platform;
  /** Full path of the Node that runs this program. */
  readonly node?: string;
  readonly readText?: (path: string) => string;
}

/**
 * On Windows, package managers install a program as a `.cmd` shim, a script for cmd.exe. A shell would split
 * arguments at spaces and run whatever follows an `&`, so we read the shim and start its target directly.
 *
 * @throws SHIM_UNKNOWN if the shim does anything but start a program or a Node script beside it.
 */
export function startCommand(
  program: string,
  args: readonly string[],
  { platform = process.platform, node = process.execPath, readText = readUtf8 }: Machine = {},
): StartCommand {
  if (platform !== 'win32' || !/\.(cmd|bat)$/i.test(program)) return { program, args };
  const target = targetOf(readText(program), win32.dirname(program), node);
  if (target === undefined) throw unknownShim(program);
  return { program: target.program, args: [...target.args, ...args] };
}

/** Every line that the shims of npm, pnpm and Yarn contain besides the one that starts the program. */
const FRAME = [
  /^$/,
  /^echo off$/i,
  /^goto start$/i,
  /^:(start|find_dp0)$/i,
  /^call :find_dp0$/i,
  /^set dp0=%~dp0$/i,
  /^(setlocal|endlocal)$/i,
  /^exit \/b( %errorlevel%)?$/i,
  /^if exist "%(~dp0|dp0%)\\node\.exe" \($/i,
  /^\) else \($/i,
  /^\)$/,
  /^set "_prog=(%(~dp0|dp0%)\\node\.exe|node)"$/i,
  /^set pathext=%pathext:;\.js;=;%$/i,
  // Where pnpm looks for modules besides the program's own folders.
  /^if not defined node_path \($/i,
  /^set "node_path=[^"]*"$/i,
];
/**
 * The words before `%*`, which stands for the arguments. npm puts a command before them that prevents cmd.exe's
 * question on Ctrl-C.
 */
const START = /^(?:endlocal & goto #_undefined_# 2>nul \|\| title %comspec% & )?(.+?)\s+%\*$/i;
const WORDS = /"([^"]*)"|([^\s"&|<>^()]+)/g;
const FOLDER = /^%(~dp0|dp0%)\\/i;

function targetOf(text: string, folder: string, node: string): StartCommand | undefined {
  const lines = text.split(/\r?\n/).map((line) => line.trim().replace(/^@/, ''));
  const starts = lines.filter((line) => !FRAME.some((known) => known.test(line)));
  const targets = starts.map((line) => {
    const words = wordsOf(START.exec(line)?.[1] ?? '');
    return words && commandOf(words, folder, node);
  });
  const [first] = targets;
  // Older shims have one line for a Node beside them and one for the Node on PATH.
  return targets.every((target) => JSON.stringify(target) === JSON.stringify(first)) ? first : undefined;
}

/** @returns undefined if cmd.exe would see more than words. */
function wordsOf(text: string): readonly string[] | undefined {
  const words = [...text.matchAll(WORDS)].map(([, quoted, plain]) => quoted ?? plain ?? '');
  return text.replace(WORDS, '').trim() === '' ? words : undefined;
}

function commandOf(words: readonly string[], folder: string, node: string): StartCommand | undefined {
  const [program = '', ...rest] = words;
  const target = placeOf(rest.at(-1) ?? program, folder);
  if (target === undefined) return undefined;
  if (rest.length === 0) return /\.exe$/i.test(target) ? { program: target, args: [] } : undefined;
  const options = rest.slice(0, -1);
  const isNode = /^(node|%_prog%|%(~dp0|dp0%)\\node\.exe)$/i.test(program);
  if (!isNode || /\.(exe|cmd|bat|ps1)$/i.test(target) || options.some((word) => word.includes('%')))
    return undefined;
  return { program: node, args: [...options, target] };
}

/** A target is relative to the shim's folder, or a full path. */
function placeOf(word: string, folder: string): string | undefined {
  const inside = word.replace(FOLDER, '');
  if (inside.includes('%')) return undefined;
  const path = inside === word ? word : win32.join(folder, inside);
  return win32.isAbsolute(path) ? path : undefined;
}

const readUtf8 = (path: string): string => readFileSync(path, 'utf8');

function unknownShim(program: string): CodemieError {
  return new CodemieError({
    code: 'SHIM_UNKNOWN',
    message: `${program} is a cmd.exe script, and cmd.exe could change the arguments or run parts of them.`,
    hint: 'Install the program with npm, or put the folder of its .exe first on PATH.',
  });
}
