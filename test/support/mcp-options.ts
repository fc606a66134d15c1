import { mcpSettings } from '../../src/commands/mcp/settings.ts';
import { MCP_COMMANDS } from '../../src/commands/mcp/table.ts';
import { parseProgram } from '../../src/commands/program.ts';
import type { McpSettings } from '../../src/mcp/settings.ts';
import { testContext } from './context.ts';

/** The settings of `codemie-mcp-proxy` with these arguments and variables, as its real command line gives them. */
export async function proxySettings(
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<McpSettings> {
  const { terminal } = testContext();
  const chosen = await parseProgram(MCP_COMMANDS, ['mcp', 'proxy', ...args], terminal);
  if (chosen === undefined) throw new Error('nothing chosen');
  return mcpSettings(chosen.input.args[0] ?? '', chosen.input.options, env);
}
