import type { ErrorCode } from '../system/error-codes.ts';

/** What went wrong between the proxy and a server: the codes that hosts and scripts read in `error.data.code`. */
export type McpCode = Extract<ErrorCode, `MCP_${string}`>;

/** Where more is told than an answer has room for. */
export const SEE_LOG = 'See ~/.codemie/logs/mcp-proxy.log, with MCP_PROXY_DEBUG=true for each request.';

/** An error that is told to the host: what happened, and the next move. */
export class McpError extends Error {
  readonly code: McpCode;
  readonly hint: string;

  constructor(code: McpCode, message: string, hint: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'McpError';
    this.code = code;
    this.hint = hint;
  }
}
