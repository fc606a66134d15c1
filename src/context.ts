import { setMaxListeners } from 'node:events';
import { homedir, userInfo } from 'node:os';
import { isAbsolute } from 'node:path';
import { certificates } from './net/ca.ts';
import type { Fetch } from './net/fetch.ts';
import type { Http } from './net/http.ts';
import { LIMITS, type Limits } from './net/limits.ts';
import { type Clock, elapsedMs, systemClock } from './system/clock.ts';
import type { Env } from './system/env.ts';
import { CodemieError } from './system/errors.ts';
import { codemieHome } from './system/files.ts';
import { createLog, type Log } from './system/log.ts';
import type { StopSignal } from './system/process/child.ts';
import { type ChildEnvironment, makeChildEnvironment } from './system/process/child-environment.ts';
import type { Streams } from './terminal/streams.ts';
import { createTerminal, type Terminal } from './terminal/terminal.ts';

/** Every effect of the program. Nothing below or beside it touches the process, the clock or the network itself. */
export interface Context {
  readonly env: Env;
  readonly cwd: string;
  readonly platform: NodeJS.Platform;
  /** The folder our files live in (CODEMIE_HOME). */
  readonly home: string;
  readonly userHome: string;
  readonly terminal: Terminal;
  readonly clock: Clock;
  readonly http: Http;
  /** What the network is waited for, and how long. */
  readonly limits: Limits;
  /** Certificates to trust (PEM), the default roots among them; undefined for Node's own choice. */
  ca(): readonly string[] | undefined;
  readonly fetch: Fetch;
  readonly log: Log;
  /** Aborted when the program is told to stop; its reason is the error to end with. */
  readonly signal: AbortSignal;
  /**
   * Takes the signals that would end the program, until the returned function is called. For launching an agent, which
   * has its own answer to them.
   */
  takeSignals(listener: (signal: StopSignal) => void): () => void;
  /**
   * The environment of a program we start: ours without any secret of ours.
   *
   * @param needs a variable that is kept from every child but the one it is meant for.
   */
  childEnv(needs?: string): ChildEnvironment;
  /** @returns false when no browser could be started. */
  openBrowser(address: string): Promise<boolean>;
  /** The operating system's keychain module; rejects when it is not installed or cannot load. */
  loadKeychain(): Promise<KeychainModule>;
}

/** What we use of keytar's interface (service, account, password). */
export interface KeychainModule {
  getPassword(service: string, account: string): Promise<string | null>;
  setPassword(service: string, account: string, password: string): Promise<void>;
  deletePassword(service: string, account: string): Promise<boolean>;
}

export interface ContextOptions {
  readonly env: Env;
  readonly cwd: string;
  readonly streams: Streams;
  readonly signal: AbortSignal;
  readonly takeSignals: Context['takeSignals'];
  /** `--ca-file`. */
  readonly caFile?: string | undefined;
  /** The file the settings name; asked only when a secure connection is opened. */
  readonly configuredCa?: (home: string) => string | undefined;
  /** Variables that no child may see. */
  readonly secretNames: (home: string) => readonly string[];
  readonly noInput?: boolean;
  readonly noColor?: boolean;
  /** LIMITS unless a test has others. */
  readonly limits?: Limits;
}

export const USER_AGENT = `codemie-cli/${CODEMIE_VERSION}`;

/**
 * The person's home folder. An empty or relative HOME would make the working folder, and whatever was cloned into it, the
 * person's own settings.
 */
function homeOf(env: Env): string {
  // The system is asked last: where it keeps its accounts on another machine, that takes long.
  for (const known of [() => env['HOME'], () => env['USERPROFILE'], homedir, accountHome]) {
    const path = known();
    if (path !== undefined && isAbsolute(path)) return path;
  }
  throw new CodemieError({
    code: 'HOME_UNKNOWN',
    message: 'The home folder of this account is not known: HOME is empty, and the system names none.',
    hint: 'Set HOME to the full path of a folder of yours',
  });
}

/** An account that the system does not know (a bare user id in a container) has none. */
function accountHome(): string | undefined {
  try {
    return userInfo().homedir;
  } catch {
    return undefined;
  }
}

/** The real context. Tests build the same one and replace single members. */
export function createContext(options: ContextOptions): Context {
  const { env, limits = LIMITS } = options;
  // Everything that runs at the same time listens to it; Node would warn of the eleventh.
  setMaxListeners(0, options.signal);
  const userHome = homeOf(env);
  const terminal = createTerminal(options.streams, {
    env,
    noInput: options.noInput ?? false,
    noColor: options.noColor ?? false,
  });
  let trusted: { readonly ca: readonly string[] | undefined } | undefined;
  const ca = (): readonly string[] | undefined => {
    trusted ??= {
      ca: certificates({
        file: options.caFile || env['CODEMIE_CA_FILE'] || options.configuredCa?.(codemieHome(env, userHome)),
        extra: env['NODE_EXTRA_CA_CERTS'],
      }),
    };
    return trusted.ca;
  };
  const sleep = (ms: number, signal?: AbortSignal): Promise<void> => systemClock.sleep(ms, signal);
  const childEnv = (needs?: string): ChildEnvironment => {
    const secrets = options.secretNames(codemieHome(env, userHome)).filter((name) => name !== needs);
    return makeChildEnvironment({ env, platform: process.platform, secrets }).env;
  };
  let opened: Promise<Http> | undefined;
  const open = async (): Promise<Http> => {
    const { createHttp } = await import('./net/client.ts');
    return createHttp({ userAgent: USER_AGENT, env, ca, sleep, elapsed: elapsedMs, limits });
  };
  const http: Http = async (request) => {
    opened ??= open();
    return (await opened)(request);
  };
  const debug = env['CODEMIE_DEBUG'] === 'true' || env['CODEMIE_DEBUG'] === '1';
  return {
    env,
    cwd: options.cwd,
    platform: process.platform,
    home: codemieHome(env, userHome),
    userHome,
    terminal,
    clock: systemClock,
    http,
    limits,
    ca,
    fetch: async (url, init) => {
      const { fetchOver } = await import('./net/fetch.ts');
      return fetchOver(http)(url, init);
    },
    log: createLog(debug, () => Date.now(), terminal.sayExact),
    signal: options.signal,
    takeSignals: options.takeSignals,
    childEnv,
    openBrowser: async (address) => {
      const { openBrowser } = await import('./system/process/open-browser.ts');
      return openBrowser(address, childEnv(), process.platform);
    },
    loadKeychain: async () => {
      const loaded = (await import('keytar')) as { default?: KeychainModule };
      if (typeof loaded.default?.getPassword !== 'function')
        throw new Error('the keychain module is incomplete');
      return loaded.default;
    },
  };
}
