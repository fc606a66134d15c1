import { codexHost } from './codex.ts';
import type { McpHost } from './host.ts';
import { claudeHost, geminiHost, mcpJsonFile, opencodeHost } from './json-hosts.ts';

/** The programs that `codemie mcp add` knows. To add one, write an entry and a real-agent test. */
export const MCP_HOSTS: readonly McpHost[] = [claudeHost, codexHost, opencodeHost, geminiHost, mcpJsonFile];
