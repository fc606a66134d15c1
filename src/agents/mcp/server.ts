import { basename } from 'node:path';
import { isRecord } from '../../system/json.ts';

/** One remote MCP server, as an agent is told of it. */
export type McpServer = McpProgram | McpAddress;

/** The agent starts the proxy, which speaks to the server. */
export interface McpProgram {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Variables of the agent's own environment that the proxy reads. */
  readonly passes: readonly string[];
  /** Longest wait of the agent for its first answer, ms. */
  readonly startMs: number;
}

/** The agent speaks to this address itself. */
export interface McpAddress {
  readonly url: string;
}

/** What an agent's entry starts: the words of its command line; empty where it starts nothing. */
export function wordsOf(entry: unknown): readonly string[] {
  if (!isRecord(entry)) return [];
  return [entry['command'], entry['args']].flat().filter((word) => typeof word === 'string');
}

/**
 * The words that our proxy would get from an entry, however it is started: `codemie-mcp-proxy URL`, `codemie mcp proxy
 * URL`, either of them behind Node or npx.
 *
 * @returns undefined where the entry does not start our proxy.
 */
export function proxyWords(entry: unknown): readonly string[] | undefined {
  const words = wordsOf(entry);
  const at = words.findIndex((word) => /^codemie(-mcp-proxy)?$/.test(programName(word)));
  if (at === -1) return undefined;
  if (programName(words[at] ?? '') === 'codemie-mcp-proxy') return words.slice(at + 1);
  return words[at + 1] === 'mcp' && words[at + 2] === 'proxy' ? words.slice(at + 3) : undefined;
}

const programName = (word: string): string =>
  basename(word.replaceAll('\\', '/')).replace(/\.(js|cjs|cmd|exe|ps1)$/i, '');
