import { setMaxListeners } from 'node:events';
import type { CaSources } from './net/ca.ts';
import { caAdvice } from './net/ca-advice.ts';
import { uselessVariables } from './net/ca-variables.ts';
import type { Fetch } from './net/fetch.ts';
import type { Http } from './net/http.ts';
import { LIMITS, type Limits } from './net/limits.ts';
import { createRoots, type Roots } from './net/roots.ts';
import { type Clock, elapsedMs, systemClock } from './system/clock.ts';
import type { Env } from './system/env.ts';
import { codemieHome } from './system/files.ts';
import { createLog, type Log } from './system/log.ts';
import type { StopSignal } from './system/process/child.ts';
import { type ChildEnvironment, makeChildEnvironment } from './system/process/child-environment.ts';
import type { KeychainModule } from './system/process/keychain-child.ts';
import { requireDrive, userHomeOf } from './system/user-home.ts';
import type { Streams } from './terminal/streams.ts';
import { createTerminal, type Terminal } from './terminal/terminal.ts';

/** All effects of the program. No other module touches the process, the clock or the network directly. */
export interface Context {
  readonly env: Env;
  readonly cwd: string;
  readonly platform: NodeJS.Platform;
  /** The folder for our files (CODEMIE_HOME). */
  readonly home: string;
  readonly userHome: string;
  readonly terminal: Terminal;
  readonly clock: Clock;
  readonly http: Http;
  /** Time and size limits for the network. */
  readonly limits: Limits;
  readonly ca: Roots;
  /** The CA file that the user added, if any. */
  caFile(): string | undefined;
  readonly fetch: Fetch;
  readonly log: Log;
  /** Aborted when the program is asked to stop; its reason is the error to exit with. */
  readonly signal: AbortSignal;
  /**
   * Diverts the signals that would end the program to `listener`, until the returned function is called. For
   * launching an agent, which handles them itself.
   */
  takeSignals(listener: (signal: StopSignal) => void): () => void;
  /**
   * The environment for a program that we start: ours without our secrets.
   *
   * @param needs the one secret variable that this child needs.
   */
  childEnv(needs?: string): ChildEnvironment;
  /** @returns false if no browser could be started. */
  openBrowser(address: string): Promise<boolean>;
  /** The operating system's keychain module; rejects if it is not installed or cannot be loaded. */
  loadKeychain(): Promise<KeychainModule>;
}

export interface ContextOptions {
  readonly env: Env;
  readonly cwd: string;
  readonly streams: Streams;
  readonly signal: AbortSignal;
  readonly takeSignals: Context['takeSignals'];
  /** `--ca-file`. */
  readonly caFile?: string | undefined;
  /** The CA file from the settings; read only when a TLS connection is opened. */
  readonly configuredCa?: (home: string) => string | undefined;
  /** Variables that no child process may see. */
  readonly secretNames: (home: string) => readonly string[];
  readonly noInput?: boolean;
  /** Default: LIMITS. */
  readonly limits?: Limits;
}

export const USER_AGENT = `codemie-cli/${CODEMIE_VERSION}`;

/** The CA file in use, and what leaves it out. */
function caFileOf(
  { env, caFile, configuredCa }: ContextOptions,
  home: string,
): Pick<CaSources, 'file' | 'remove'> {
  if (caFile) return { file: caFile };
  const named = env['CODEMIE_CA_FILE'];
  if (named) return { file: named, remove: 'unset CODEMIE_CA_FILE' };
  return { file: configuredCa?.(home), remove: 'codemie config unset ca-file' };
}

/** What MCP servers are signed in to with. An agent passes it on to the proxy; no other program needs it. */
const FOR_MCP_SERVERS = ['CODEMIE_MCP_CLIENT_SECRET', 'CODEMIE_MCP_HEADERS'];

/** On some managed Macs. */
const READING_SLOWLY =
  "Reading the certificates that this computer trusts. To skip this, add your company's CA: codemie config set ca-file company-ca.pem";

/** The real context. Tests create the same one and replace single members. */
export function createContext(options: ContextOptions): Context {
  const { env, limits = LIMITS } = options;
  // Every concurrent task listens to this signal; Node would warn at the eleventh.
  setMaxListeners(0, options.signal);
  const machine = { env, platform: process.platform };
  const userHome = userHomeOf(machine);
  const home = codemieHome(env, userHome);
  requireDrive(home, machine);
  const terminal = createTerminal(options.streams, {
    env,
    noInput: options.noInput ?? false,
    signal: options.signal,
    platform: process.platform,
  });
  const sleep = (ms: number, signal?: AbortSignal): Promise<void> => systemClock.sleep(ms, signal);
  const childEnv = (needs?: string): ChildEnvironment => {
    const own = options.secretNames(home);
    const secrets = [...own, ...FOR_MCP_SERVERS].filter((name) => name !== needs);
    return makeChildEnvironment({ env, platform: process.platform, secrets }).env;
  };
  const flags = [...process.execArgv, env['NODE_OPTIONS']].join(' ');
  const ca = createRoots({
    sources: () => ({
      ...caFileOf(options, home),
      extra: env['NODE_EXTRA_CA_CERTS'],
      flags,
      openssl: { file: env['SSL_CERT_FILE'], folder: env['SSL_CERT_DIR'] },
    }),
    readSystem: async () => {
      const { readSystemRoots } = await import('./net/system-roots.ts');
      return readSystemRoots({ env: childEnv(), signal: options.signal, flags });
    },
    onSlow: () => terminal.say(READING_SLOWLY),
    advice: (unread) =>
      [...uselessVariables(env).map(({ detail }) => detail), caAdvice(process.platform, unread)].join(' '),
  });
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
    home,
    userHome,
    terminal,
    clock: systemClock,
    http,
    limits,
    ca,
    caFile: () => caFileOf(options, home).file,
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
      const { loadKeychainModule } = await import('./system/process/keychain-module.ts');
      return loadKeychainModule(childEnv);
    },
  };
}
