import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { onTestFinished } from 'vitest';
import { configuredCa } from '../../src/config/ca-file.ts';
import { secretNames } from '../../src/config/secret-variables.ts';
import { type Context, createContext } from '../../src/context.ts';
import { LIMITS, type Limits } from '../../src/net/limits.ts';
import { type ChildEnvironment, makeChildEnvironment } from '../../src/system/process/child-environment.ts';

export interface TestContext extends Context {
  /** What the program has written so far. */
  readonly out: { stdout: string; stderr: string };
  /** Writes to the program's standard input. */
  type(text: string): void;
  /** Closes standard input. */
  endInput(): void;
  /** URLs that the program opened in a browser. */
  readonly opened: string[];
  /** Stops the program, as a signal would. */
  stop(reason: Error): void;
}

export interface TestContextOptions {
  readonly env?: Record<string, string | undefined>;
  readonly tty?: boolean;
  readonly noInput?: boolean;
  /** Called with each URL that the program opens; return false for "no browser here". */
  readonly onOpen?: (address: string) => boolean | Promise<boolean>;
  /** Shorter limits for the test. */
  readonly limits?: Partial<Limits>;
  readonly override?: Partial<Context>;
}

/** The real context with captured streams and a temporary home. `override` replaces single effects. */
export function testContext(options: TestContextOptions = {}): TestContext {
  const home = temporaryFolder();
  const captured = { stdout: '', stderr: '' };
  const capture = (name: 'stdout' | 'stderr') => {
    // A character may be cut in two.
    const text = new StringDecoder();
    const stream = new Writable({
      write(chunk: Buffer, _encoding, done) {
        captured[name] += text.write(chunk);
        done();
      },
    });
    return Object.assign(stream, { isTTY: options.tty ?? false, columns: 80 });
  };
  const stdin = Object.assign(new PassThrough(), { isTTY: options.tty ?? false });
  const stop = new AbortController();
  const opened: string[] = [];
  const base = createContext({
    env: { HOME: home, CODEMIE_HOME: join(home, '.codemie'), ...options.env },
    cwd: home,
    streams: { stdin, stdout: capture('stdout'), stderr: capture('stderr') },
    signal: stop.signal,
    takeSignals: () => () => undefined,
    configuredCa,
    secretNames,
    noInput: options.noInput ?? false,
    limits: { ...LIMITS, ...options.limits },
  });
  return {
    ...base,
    openBrowser: async (address) => {
      opened.push(address);
      return (await options.onOpen?.(address)) ?? true;
    },
    loadKeychain: async () => {
      throw new Error('this test has no keychain');
    },
    ...options.override,
    out: captured,
    opened,
    type: (text) => void stdin.write(text),
    endInput: () => void stdin.end(),
    stop: (reason) => stop.abort(reason),
  };
}

/** The environment of a child, with exactly these variables. */
export function childOf(env: Readonly<Record<string, string | undefined>>): ChildEnvironment {
  return makeChildEnvironment({ env, platform: 'linux', secrets: [] }).env;
}

/** A folder that is removed after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'codemie-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
