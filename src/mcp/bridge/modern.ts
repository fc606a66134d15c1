import type { Client, JSONRPCMessage, Transport } from '@modelcontextprotocol/client';

/** Requests that a server of 2026-07-28 embeds in an unfinished result, by the capability of the host that allows them. */
const INPUT_REQUESTS = {
  elicitation: 'elicitation/create',
  sampling: 'sampling/createMessage',
  roots: 'roots/list',
} as const;

/** Asks the host, and resolves with its result. */
export type AskHost = (
  request: { readonly method: string; readonly params?: unknown },
  signal: AbortSignal,
) => Promise<unknown>;

/**
 * A server of 2026-07-28 asks for input in the result of a call, and the SDK calls again with the answers. The host of
 * an older revision is asked with a request, as it expects it.
 */
export function askForInput(
  client: Client,
  capabilities: Readonly<Record<string, unknown>>,
  ask: AskHost,
): void {
  for (const [capability, method] of Object.entries(INPUT_REQUESTS))
    if (capabilities[capability] !== undefined)
      client.setRequestHandler(
        method as 'roots/list',
        (request, { mcpReq }) => ask({ method, params: request.params }, mcpReq.signal) as never,
      );
}

/**
 * Some servers of 2026-07-28 leave `resultType` out, as servers of earlier revisions do. Such a result is complete; the
 * SDK would refuse it. Call it once the transport is connected.
 */
export function acceptUntypedResults(transport: Transport): void {
  const deliver = transport.onmessage;
  transport.onmessage = (message, extra) => deliver?.(typed(message), extra);
}

function typed(message: JSONRPCMessage): JSONRPCMessage {
  if (!('result' in message) || message.result['resultType'] !== undefined) return message;
  return { ...message, result: { resultType: 'complete', ...message.result } };
}
