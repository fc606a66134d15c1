import { SdkError, SdkErrorCode, SdkHttpError } from '@modelcontextprotocol/client';
import { CodemieError, systemCode } from '../../system/errors.ts';
import { isRecord, objectIn } from '../../system/json.ts';
import { McpError } from '../errors.ts';

/** A JSON-RPC error as the host gets it. */
export interface RpcError {
  readonly code: number;
  readonly message: string;
  readonly data?: unknown;
}

/** The server does not know the session any more, and has not run the request it answered so. */
export class SessionGone extends Error {
  override name = 'SessionGone';
}

/** @returns the JSON-RPC error in the body of a refusal, if there is one. */
export function rpcErrorIn({ data }: SdkHttpError): RpcError | undefined {
  const { error } = objectIn((data as { text?: string }).text) ?? {};
  if (!isRecord(error) || typeof error['code'] !== 'number') return undefined;
  const { code, message, data: more } = error;
  return { code, message: String(message ?? ''), ...(more === undefined ? {} : { data: more }) };
}

/** The SDK and fetch wrap what happened on the way. @returns the innermost error, or the first one of our own. */
export function causeOf(error: unknown): unknown {
  let current = error;
  for (let depth = 0; depth < 5 && current instanceof Error && current.cause instanceof Error; depth += 1) {
    if (current instanceof CodemieError || current instanceof McpError) return current;
    current = current.cause;
  }
  return current;
}

/** @returns whether the server cannot have run the request: it has said so, or the connection was never made. */
export function wasNotRun(error: unknown): boolean {
  return error instanceof SessionGone || wasNotSent(causeOf(error));
}

/** @returns whether the connection broke at a moment when the server may have run the request. */
export function mayHaveRun(error: unknown): boolean {
  if (error instanceof SdkError && error.code === SdkErrorCode.ConnectionClosed) return true;
  const cause = causeOf(error);
  return cause instanceof CodemieError && cause.code === 'UNREACHABLE' && !wasNotSent(cause);
}

/** Statuses of a proxy whose server is about to start. */
const STARTING = new Set([502, 503, 504]);

/** @returns whether connecting may work in a moment. */
export function isPassing(error: unknown): boolean {
  if (error instanceof SdkHttpError) return STARTING.has(error.status ?? 0);
  const cause = causeOf(error);
  return cause instanceof CodemieError && cause.code === 'UNREACHABLE';
}

const NAMELESS = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN']);
const BEFORE_SENDING = new Set(['connect', 'getaddrinfo']);

function wasNotSent(failure: unknown): boolean {
  if (!(failure instanceof CodemieError)) return false;
  if (failure.code === 'TLS_UNTRUSTED' || failure.code === 'DESTINATION_REFUSED') return true;
  if (failure.code !== 'UNREACHABLE') return false;
  const { cause } = failure;
  // The time limit to connect has no cause.
  if (!(cause instanceof Error)) return true;
  const { syscall } = cause as NodeJS.ErrnoException;
  return (
    cause instanceof AggregateError ||
    NAMELESS.has(systemCode(cause) ?? '') ||
    BEFORE_SENDING.has(syscall ?? '')
  );
}
