import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
export const SCRIPTED_BROWSER = join(root, 'scripts', 'scripted-browser.mjs');

export const IN_ENCRYPTED_FILE = ['--store', 'encrypted-file'] as const;

export interface Result {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env?: Record<string, string | undefined>;
  readonly cwd?: string;
  /**
   * Text piped to stdin; by default stdin is empty; `open` leaves it open for the test to write to; `none` is the
   * null device.
   */
  readonly input?: string | { readonly open: true } | { readonly none: true };
  readonly bin?: string;
  /** The Node.js to run it with; default: the one of the tests. */
  readonly node?: string;
}

/** A user's machine: an empty home, and the built program run in it. */
export class Machine {
  readonly folder = mkdtempSync(join(tmpdir(), 'codemie-e2e-'));
  readonly env: Record<string, string | undefined>;
  readonly home: string;
  readonly work: string;
  readonly #children: ChildProcess[] = [];
  #output = '';

  constructor(env: Record<string, string | undefined> = {}) {
    this.home = join(this.folder, '.codemie');
    this.work = join(this.folder, 'work');
    mkdirSync(this.work);
    this.env = {
      PATH: process.env['PATH'],
      HOME: this.folder,
      CODEMIE_HOME: this.home,
      XDG_CONFIG_HOME: join(this.folder, '.config'),
      XDG_CACHE_HOME: join(this.folder, '.cache'),
      XDG_DATA_HOME: join(this.folder, '.local', 'share'),
      TMPDIR: this.folder,
      CODEMIE_PASSPHRASE: 'passphrase of this test only',
      BROWSER: SCRIPTED_BROWSER,
      ...env,
    };
  }

  /** All output of all programs on this machine, to search for secrets. */
  get output(): string {
    return this.#output;
  }

  start(args: readonly string[], options: RunOptions = {}): ChildProcess {
    const child = spawn(
      options.node ?? process.execPath,
      [join(root, 'bin', options.bin ?? 'codemie.js'), ...args],
      {
        cwd: options.cwd ?? this.work,
        env: { ...this.env, ...options.env } as NodeJS.ProcessEnv,
        stdio: [
          typeof options.input === 'object' && 'none' in options.input ? 'ignore' : 'pipe',
          'pipe',
          'pipe',
        ],
      },
    );
    this.#children.push(child);
    if (options.input === undefined) child.stdin?.end();
    else if (typeof options.input === 'string') child.stdin?.end(options.input);
    return child;
  }

  async run(args: readonly string[], options: RunOptions = {}): Promise<Result> {
    return this.collect(this.start(args, options));
  }

  async collect(child: ChildProcess): Promise<Result> {
    let stdout = '';
    let stderr = '';
    child.stdout?.on('data', (chunk) => {
      stdout += chunk;
    });
    child.stderr?.on('data', (chunk) => {
      stderr += chunk;
    });
    const [code] = (await once(child, 'close')) as [number | null];
    this.#output += stdout + stderr;
    return { code, stdout, stderr };
  }

  /** Starts a sandbox and waits for its one line of output. */
  async sandbox(...flags: string[]): Promise<{
    url: string;
    issuer: string;
    controlUrl: string;
    mcpUrl: string;
    pid: number;
    line: string;
    /** Stops it, and waits until it has exited. */
    stop(): Promise<void>;
  }> {
    const child = this.start(['sandbox', 'start', '--json', ...flags]);
    const [line] = (await once(createInterface({ input: child.stdout! }), 'line')) as [string];
    const ended = once(child, 'exit');
    const stop = async (): Promise<void> => {
      child.kill('SIGTERM');
      await ended;
    };
    return { ...JSON.parse(line), line, stop };
  }

  /** Signs in. Opening an encrypted store costs a quarter of a second, so tests of it name it: `IN_ENCRYPTED_FILE`. */
  async signIn(url: string, ...flags: string[]): Promise<Result> {
    const store = flags.includes('--store') ? [] : ['--store', 'plaintext-file'];
    return this.run(['profile', 'login', '--url', url, ...store, ...flags]);
  }

  /** Puts a fake agent on PATH: a Node script with an agent's name. */
  agent(source: string, name = 'claude'): string {
    const folder = join(this.folder, 'agent-bin');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, name), `#!${process.execPath}\n${source}`);
    chmodSync(join(folder, name), 0o755);
    return `${folder}${delimiter}${this.env['PATH']}`;
  }

  /** Puts `codemie` on PATH, as a user has it. @returns that PATH. */
  withCodemie(): string {
    const folder = join(this.folder, 'bin');
    mkdirSync(folder, { recursive: true });
    const text = `#!/bin/sh\nexec "${process.execPath}" "${join(root, 'bin', 'codemie.js')}" "$@"\n`;
    writeFileSync(join(folder, 'codemie'), text, { mode: 0o755 });
    return `${folder}${delimiter}${this.env['PATH']}`;
  }

  /** Every file below the home, as text; skips files that disappear during the read. */
  files(): Map<string, string> {
    const found = new Map<string, string>();
    const visit = (path: string): void => {
      try {
        const stat = lstatSync(path);
        if (stat.isDirectory()) for (const name of readdirSync(path)) visit(join(path, name));
        else if (stat.isFile()) found.set(path, readFileSync(path, 'latin1'));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      }
    };
    visit(this.folder);
    return found;
  }

  async dispose(): Promise<void> {
    for (const child of this.#children) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** The first line on stderr that matches; rejects if the program exits without one. */
export function lineOf(child: ChildProcess, pattern: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.once('exit', () => reject(new Error(`it never said ${pattern}: ${text}`)));
    child.stderr?.on('data', (chunk) => {
      text += chunk;
      const line = pattern.exec(text)?.[0];
      if (line !== undefined) resolve(line);
    });
  });
}

/** The URL of a sandbox's sign-in page, alone on its line. */
export const SIGN_IN_ADDRESS = /^http:\/\/127\.0\.0\.1:\d+\/oidc\/auth\S+$/m;

/** The events of the sandbox. */
export async function eventsOf(controlUrl: string): Promise<
  {
    seq: number;
    at: string;
    kind: string;
    grant?: string;
    outcome?: string;
    route: string;
    status: number;
    credential?: string;
  }[]
> {
  return ((await (await fetch(`${controlUrl}/events`)).json()) as { events: never[] }).events;
}

export async function addFault(controlUrl: string, fault: Record<string, unknown>): Promise<void> {
  await fetch(`${controlUrl}/faults`, { method: 'POST', body: JSON.stringify(fault) });
}

/** A token for that user, valid for an hour or for `ttl` seconds; expired if `ttl` is negative. */
export async function mintToken(
  controlUrl: string,
  options: { readonly user?: string; readonly audience?: string; readonly ttl?: number } = {},
): Promise<string> {
  const body = JSON.stringify({ user: 'ada', ...options });
  const minted = await fetch(`${controlUrl}/tokens`, { method: 'POST', body });
  return ((await minted.json()) as { token: string }).token;
}
