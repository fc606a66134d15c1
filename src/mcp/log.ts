import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ensurePrivateFolder, writeAll } from '../system/files.ts';
import { harmless } from '../system/printable.ts';
import { redact } from '../system/redact.ts';
import { renameFile } from '../system/rename.ts';

type Facts = Readonly<Record<string, unknown>>;

/** The proxy's log. No value of a request's or an answer's body is ever given to it. */
export interface McpLog {
  /** Written with MCP_PROXY_DEBUG=true. */
  note(step: string, facts?: Facts): void;
  /** Always written. */
  error(step: string, facts?: Facts): void;
  /** Always written, as it is: the page a person must open by hand. Its parameters are good once. */
  page(url: string): void;
}

export interface McpLogOptions {
  /** The folder our files live in. */
  readonly home: string;
  readonly isDebug: boolean;
  readonly now: () => number;
}

/** @returns an address without its query, which may hold a secret. */
export function plainAddress({ origin, pathname }: URL): string {
  return `${origin}${pathname}`;
}

const MOST_BYTES = 1_048_576;

export function logPath(home: string): string {
  return join(home, 'logs', 'mcp-proxy.log');
}

/** One line per event, 0600. Above 1 MiB the file is set aside once, as `mcp-proxy.log.1`. */
export function createMcpLog({ home, isDebug, now }: McpLogOptions): McpLog {
  const path = logPath(home);
  const write = (line: string): void => {
    try {
      append(path, `${new Date(now()).toISOString()} ${process.pid} ${line}\n`);
    } catch {
      // A full disk must not end what the log is about.
    }
  };
  const event = (step: string, facts: Facts): string => redact(harmless(`${step} ${JSON.stringify(facts)}`));
  return {
    note: (step, facts = {}) => {
      if (isDebug) write(event(step, facts));
    },
    error: (step, facts = {}) => write(`error ${event(step, facts)}`),
    page: (url) => write(`Open this address to sign in: ${url}`),
  };
}

function append(path: string, text: string): void {
  ensurePrivateFolder(dirname(path));
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND | (constants.O_NOFOLLOW ?? 0);
  let handle = openSync(path, flags, 0o600);
  try {
    if (fstatSync(handle).size > MOST_BYTES) {
      closeSync(handle);
      renameFile(path, `${path}.1`);
      handle = openSync(path, flags, 0o600);
    }
    writeAll(handle, text);
  } finally {
    closeSync(handle);
  }
}
