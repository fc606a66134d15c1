import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './program.ts';

/** Windows as Wine provides it, for one run of the tests. */
export interface WindowsRun {
  /** Why there is none. */
  readonly missing: string | undefined;
  /** Where windows-host.mjs listens. */
  readonly port: number;
  /** The folder that is drive C:. */
  readonly drive: string;
}

export interface WindowsResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface WindowsOptions {
  /** A value of undefined removes the variable. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** By default stdin is empty; `open` leaves it open for `write`. */
  readonly input?: string | Buffer | 'open';
}

/** A program that runs on Windows. */
export interface WindowsProgram {
  /** Waits until it exits. */
  readonly ended: Promise<WindowsResult>;
  /** Waits until its output contains a text, or until it has exited. */
  printed(text: string): Promise<WindowsResult>;
  write(text: string): Promise<void>;
  /** Ends its stdin. */
  end(): Promise<void>;
  /** Ends the process alone, as the task manager does (TerminateProcess). */
  kill(): Promise<void>;
}

export const NODE_FOLDER = 'C:\\Program Files\\nodejs';
export const NODE = `${NODE_FOLDER}\\node.exe`;
export const NPM_CLI = `${NODE_FOLDER}\\node_modules\\npm\\bin\\npm-cli.js`;
/** Where npm installs global programs on this machine. */
export const NPM_FOLDER = 'C:\\Shared Tools\\npm';

/** @returns the place on Linux of a path on drive C:. */
export const onDrive = (drive: string, path: string): string =>
  join(drive, path.replace(/^c:/i, '').replaceAll('\\', '/'));

/** @returns the place on Windows of a path on Linux. */
export const onZ = (path: string): string => `Z:${path.replaceAll('/', '\\')}`;

/** What npm needs to reach a registry under Wine. */
export const NPM_UNDER_WINE = {
  NODE_OPTIONS: `--require ${onZ(join(root, 'test/support/wine-sockets.cjs')).replaceAll('\\', '/')}`,
  npm_config_fetch_retries: '0',
};

let users = 0;

/** A user's machine: an empty profile folder, and the installed product run in it. */
export class Windows {
  readonly #run: WindowsRun;
  readonly profile: string;
  readonly work: string;
  readonly env: Record<string, string | undefined>;
  /** All output of all programs, to search for secrets. */
  output = '';

  /** @param name of the user; by default one with a space and letters beyond ASCII. */
  constructor(run: WindowsRun, name = 'Zoë Ångström') {
    this.#run = run;
    users += 1;
    // Windows knows users by 20 characters.
    this.profile = `C:\\users\\${name} ${process.pid}-${users}`;
    this.work = `${this.profile}\\my repo`;
    this.env = {
      SystemRoot: 'C:\\windows',
      SystemDrive: 'C:',
      ComSpec: 'C:\\windows\\system32\\cmd.exe',
      windir: 'C:\\windows',
      PATHEXT: '.COM;.EXE;.BAT;.CMD',
      Path: `C:\\windows\\system32;C:\\windows;${NODE_FOLDER};${NPM_FOLDER}`,
      USERNAME: name,
      USERPROFILE: this.profile,
      APPDATA: `${this.profile}\\AppData\\Roaming`,
      LOCALAPPDATA: `${this.profile}\\AppData\\Local`,
      TEMP: `${this.profile}\\AppData\\Local\\Temp`,
      TMP: `${this.profile}\\AppData\\Local\\Temp`,
      CODEMIE_PASSPHRASE: 'passphrase of this test only',
    };
    for (const folder of [this.work, this.env['TEMP'] ?? '', `${this.profile}\\AppData\\Roaming`])
      mkdirSync(this.linux(folder), { recursive: true });
  }

  /** @returns the place on Linux of a path on drive C:. */
  linux(path: string): string {
    return onDrive(this.#run.drive, path);
  }

  /** Runs one of our programs, as its start script does. */
  run(
    args: readonly string[],
    options: WindowsOptions & { readonly bin?: string } = {},
  ): Promise<WindowsResult> {
    return this.start(args, options).then(({ ended }) => ended);
  }

  start(
    args: readonly string[],
    { bin = 'codemie', ...options }: WindowsOptions & { readonly bin?: string } = {},
  ): Promise<WindowsProgram> {
    return this.startProgram(
      NODE,
      [`${NPM_FOLDER}\\node_modules\\codemie\\bin\\${bin}.js`, ...args],
      options,
    );
  }

  runProgram(program: string, args: readonly string[], options: WindowsOptions = {}): Promise<WindowsResult> {
    return this.startProgram(program, args, options).then(({ ended }) => ended);
  }

  async startProgram(
    program: string,
    args: readonly string[],
    { env, cwd = this.work, input = '' }: WindowsOptions = {},
  ): Promise<WindowsProgram> {
    const { id } = await this.#ask<{ id: number }>('start', {
      program,
      args,
      cwd,
      env: { ...this.env, ...env },
      input: input === 'open' ? null : Buffer.from(input).toString('base64'),
    });
    const ended = this.#ask<WindowsResult>('wait', { id }).then((result) => {
      this.output += result.stdout + result.stderr;
      return result;
    });
    return {
      ended,
      printed: (text) => this.#ask('wait', { id, text }),
      write: (text) => this.#ask('write', { id, text }),
      end: () => this.#ask('write', { id, ends: true }),
      kill: () => this.#ask('kill', { id }),
    };
  }

  async #ask<T>(action: string, body: unknown): Promise<T> {
    const response = await fetch(`http://127.0.0.1:${this.#run.port}/${action}`, {
      method: 'POST',
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(await response.text());
    return (await response.json()) as T;
  }
}
