import {
  InsufficientScopeError,
  ProtocolError,
  SdkError,
  SdkErrorCode,
  SdkHttpError,
  SseError,
  UnauthorizedError,
} from '@modelcontextprotocol/client';
import { CodemieError, messageOf, systemCode } from '../../system/errors.ts';
import { printable } from '../../system/printable.ts';
import { redact } from '../../system/redact.ts';
import { McpError, SEE_LOG } from '../errors.ts';
import { causeOf, mayHaveRun, type RpcError, rpcErrorIn, SessionGone } from './faults.ts';

/** JSON-RPC 2.0 §5.1 leaves -32000 to -32099 to implementations. */
const OURS = -32_000;
/** Room for a list of addresses. What a server said is cut to less before it gets here. */
const LONGEST = 2000;
const LONGEST_FOREIGN = 300;

/** The error for the request that opens the connection. */
export function answerFor(error: unknown, server: URL): RpcError {
  return toRpc(explain(error, server));
}

/** The error for a request on an open connection. An error of the server's own is handed on as it is. */
export function answerForCall(error: unknown, server: URL): RpcError {
  if (error instanceof ProtocolError) {
    const { code, message, data } = error;
    return { code, message, ...(data === undefined ? {} : { data }) };
  }
  const told = error instanceof SdkHttpError ? rpcErrorIn(error) : undefined;
  if (told !== undefined) return { ...told, message: printable(told.message, LONGEST_FOREIGN) };
  return toRpc(mayHaveRun(error) ? brokenOff(server, error) : explain(error, server));
}

/** For a request whose answer broke off. */
export function lost(server: URL): RpcError {
  return toRpc(brokenOff(server));
}

/** For a request that the server took and did not answer. */
export function unanswered({ host }: URL): McpError {
  const message = `${host} did not answer the request. It may have run it.`;
  return new McpError('MCP_LOST', message, 'Check what it did before you try again.');
}

function brokenOff({ host }: URL, cause?: unknown): McpError {
  const message = `The connection to ${host} ended before it answered. It may have run the request.`;
  return new McpError('MCP_LOST', message, 'Check what it did before you try again.', cause);
}

export function toRpc({ code, message, hint }: McpError): RpcError {
  // A server may repeat what it was sent.
  return { code: OURS, message: printable(redact(message), LONGEST), data: { code, hint } };
}

export function explain(error: unknown, server: URL): McpError {
  const { host } = server;
  const cause = causeOf(error);
  if (cause instanceof McpError) return cause;
  if (cause instanceof CodemieError) return ofOurs(cause, error);
  if (error instanceof SessionGone) {
    const message = `${host} ended the session, and then ended the new one as well. It did not run the request.`;
    return new McpError('MCP_LOST', message, 'Reconnect to the server, and try again.', error);
  }
  if (error instanceof InsufficientScopeError) {
    const scope = error.requiredScope === undefined ? '' : ` (${printable(error.requiredScope, 100)})`;
    const hint = 'Name all scopes you need with --oauth-scope (CODEMIE_MCP_OAUTH_SCOPE) and reconnect.';
    return new McpError('MCP_SCOPE_MISSING', `${host} asks for more permissions${scope}.`, hint, error);
  }
  const status = statusOf(error);
  if (status === 401) {
    const message = `${host} answered 401: it does not accept the credential it was sent.`;
    return new McpError('MCP_UNAUTHORIZED', message, SEE_LOG, error);
  }
  if (status !== undefined) {
    const message = `${host} answered with status ${status}.`;
    if (status >= 500 || status === 429)
      return new McpError('MCP_SERVER_ERROR', message, 'Try again in a moment.', error);
    const hint = status === 403 ? FORBIDDEN : 'Check that this is the address of an MCP server.';
    return new McpError('MCP_NOT_MCP', message, hint, error);
  }
  const instead = insteadOfMessage(cause);
  if (instead !== undefined) {
    const message = `${host} answered with ${instead} instead of an MCP message.`;
    return new McpError('MCP_NOT_MCP', message, 'Check that this is the address of an MCP server.', error);
  }
  if (error instanceof SdkError && error.code === SdkErrorCode.CapabilityNotSupported) {
    const message = `${host} asks for something that your coding agent does not support: ${messageOf(error)}`;
    return new McpError(
      'MCP_SERVER_ERROR',
      message,
      'Use another tool of the server, or another agent.',
      error,
    );
  }
  if (!(cause instanceof SdkError) && systemCode(cause) !== undefined) {
    const message = `${host} could not be reached (${systemCode(cause)}).`;
    return new McpError('MCP_UNREACHABLE', message, 'Check the address and your network connection.', error);
  }
  return new McpError(
    'MCP_SERVER_ERROR',
    `${host}: ${printable(messageOf(error), LONGEST_FOREIGN)}`,
    SEE_LOG,
    error,
  );
}

/** @returns what a server answered that is no message; its text is not repeated. */
function insteadOfMessage(cause: unknown): string | undefined {
  if (cause instanceof SdkError && cause.code === SdkErrorCode.ClientHttpUnexpectedContent) {
    const { contentType } = (cause.data ?? {}) as { contentType?: string | null };
    return printable(contentType ?? '', 100) || 'something else';
  }
  const isUnreadable = cause instanceof Error && /^(SyntaxError|\$?ZodError)$/.test(cause.name);
  return isUnreadable ? 'something else' : undefined;
}

function ofOurs(failure: CodemieError, cause: unknown): McpError {
  const code = failure.code === 'DESTINATION_REFUSED' ? 'MCP_DESTINATION_REFUSED' : 'MCP_UNREACHABLE';
  const hint =
    failure.code === 'UNREACHABLE' || failure.hint === undefined
      ? 'Check the address and your network connection.'
      : failure.hint;
  return new McpError(code, failure.message, hint, cause);
}

const FORBIDDEN = 'Ask whoever runs the server whether you may use it. Check the address as well.';

function statusOf(error: unknown): number | undefined {
  if (error instanceof UnauthorizedError) return 401;
  if (error instanceof SdkHttpError) return error.status;
  return error instanceof SseError ? error.code : undefined;
}
