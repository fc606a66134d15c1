/** What went wrong between the proxy and a server. The codes are what hosts and scripts read in `error.data.code`. */
export type McpCode =
  | 'MCP_UNREACHABLE'
  | 'MCP_SILENT'
  | 'MCP_SERVER_ERROR'
  | 'MCP_NOT_MCP'
  | 'MCP_DESTINATION_REFUSED'
  | 'MCP_UNAUTHORIZED'
  | 'MCP_SCOPE_MISSING'
  | 'MCP_SIGN_IN_FIRST'
  | 'MCP_SIGN_IN_DENIED'
  | 'MCP_SIGN_IN_TIMED_OUT'
  | 'MCP_SIGN_IN_FAILED'
  | 'MCP_CALLBACK_PORT'
  | 'MCP_DISCOVERY_FAILED'
  | 'MCP_REGISTRATION_REFUSED'
  | 'MCP_PKCE_UNSUPPORTED'
  | 'MCP_TOKEN_FAILED'
  | 'MCP_STORE_FAILED'
  | 'MCP_LOST';

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
