import type { CommandRun } from '../spec.ts';
import { withConnection } from './connection.ts';

/** `codemie mcp proxy`, also `codemie-mcp-proxy`: ends with the host, which is its normal end (exit 0). */
export const run: CommandRun = async (input, context) => {
  await withConnection(input, context, async (connection) => {
    const { runProxy } = await import('../../mcp/proxy.ts');
    await runProxy(connection);
  });
  return 0;
};
