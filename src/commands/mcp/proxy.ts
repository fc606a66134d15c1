import { CodemieError } from '../../system/errors.ts';
import { exitCode } from '../../system/exit-codes.ts';
import { endProcess } from '../../system/process/end.ts';
import type { CommandRun } from '../spec.ts';
import { withConnection } from './connection.ts';

/** `codemie mcp proxy`, also `codemie-mcp-proxy`: ends with the host, which is its normal end (exit 0). */
export const run: CommandRun = async (input, context) => {
  await withConnection(input, context, async (connection) => {
    const { runProxy } = await import('../../mcp/proxy.ts');
    await runProxy({ ...connection, onUnread: () => endProcess(exitOf(context.signal)) });
  });
  return 0;
};

function exitOf({ aborted, reason }: AbortSignal): number {
  return exitCode(aborted && reason instanceof CodemieError ? reason.exit : 'ok');
}
