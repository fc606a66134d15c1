import type { Client, JSONRPCMessage, Transport } from '@modelcontextprotocol/client';
import type { ServerContext } from '@modelcontextprotocol/server';

/** Requests that a server of 2026-07-28 embeds in an unfinished result, by the host's capability that allows them. */
const INPUT_REQUESTS = {
  elicitation: 'elicitation/create',
  sampling: 'sampling/createMessage',
  roots: 'roots/list',
} as const;

/**
 * A server of 2026-07-28 asks for input in the result of a call, and the SDK calls again with the answers. The host is
 * asked as it would be by a server of an earlier revision.
 */
export function askForInput(client: Client, capabilities: Readonly<Record<string, unknown>>): void {
  for (const [capability, method] of Object.entries(INPUT_REQUESTS)) {
    if (capabilities[capability] === undefined) continue;
    client.setRequestHandler(method, async (request, context) => {
      const { method: asked, params } = request as { method: string; params?: Record<string, unknown> };
      const message = {
        jsonrpc: '2.0' as const,
        id: context.mcpReq.id,
        method: asked,
        ...(params && { params }),
      };
      return (await client.fallbackRequestHandler?.(message, context)) as never;
    });
  }
}

/** @returns what a host of 2026-07-28 answers to an unfinished result; the SDK takes it out of the parameters. */
export function inputOf({ inputResponses, requestState }: ServerContext['mcpReq']): Record<string, unknown> {
  const state = requestState();
  return {
    ...(inputResponses === undefined ? {} : { inputResponses }),
    ...(state === undefined ? {} : { requestState: state }),
  };
}

/**
 * Some servers of 2026-07-28 leave `resultType` out, as servers of earlier revisions do. Such a result is complete; the
 * SDK would refuse it. Works only on a connected transport: connecting sets its handler.
 */
export function acceptUntypedResults(transport: Transport): void {
  const deliver = transport.onmessage;
  transport.onmessage = (message, extra) => deliver?.(typed(message), extra);
}

function typed(message: JSONRPCMessage): JSONRPCMessage {
  if (!('result' in message) || message.result['resultType'] !== undefined) return message;
  return { ...message, result: { resultType: 'complete', ...message.result } };
}
