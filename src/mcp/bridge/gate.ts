import type { JSONRPCMessage, Transport } from '@modelcontextprotocol/server';
import type { RpcError } from './faults.ts';

/** Who starts the conversation: what its first request says of it. */
export interface Host {
  readonly info: { readonly name: string; readonly version: string };
  readonly capabilities: Readonly<Record<string, unknown>>;
}

type Request = Extract<JSONRPCMessage, { method: string; id: unknown }>;

export interface GateOptions {
  /** Connects to the server. A rejection is the answer to the opening request, and the next one tries again. */
  readonly open: (host: Host) => Promise<void>;
  /** The error a failed opening is answered with. */
  readonly answer: (error: unknown) => RpcError;
  /** The host has gone. */
  readonly onClose: () => void;
}

/**
 * Stands between stdin and the server side of the bridge: nothing passes before the server is connected, because only its
 * capabilities say how to answer the first request. What arrives before that waits in its order.
 */
export function gated(wire: Transport, { open, answer, onClose }: GateOptions): Transport {
  let isOpen = false;
  let isOpening = false;
  let host: Host | undefined;
  let waiting: JSONRPCMessage[] = [];
  const gate: Transport = {
    start: () => wire.start(),
    send: (message, options) => wire.send(message, options),
    close: () => wire.close(),
  };
  const take = (): readonly JSONRPCMessage[] => {
    const taken = waiting;
    waiting = [];
    return taken;
  };
  const attempt = async (by: Host): Promise<void> => {
    try {
      await open(by);
      isOpen = true;
      for (const message of take()) gate.onmessage?.(message);
    } catch (error) {
      for (const { id } of take().filter(isRequest))
        await wire.send({ jsonrpc: '2.0', id, error: answer(error) });
    }
  };
  const opening = async (): Promise<void> => {
    isOpening = true;
    try {
      while (!isOpen && waiting.some(isRequest)) {
        host ??= hostOf(waiting.find(isRequest));
        await attempt(host);
      }
    } finally {
      isOpening = false;
    }
  };
  wire.onclose = () => {
    gate.onclose?.();
    onClose();
  };
  wire.onerror = (error) => gate.onerror?.(error);
  wire.onmessage = (message) => {
    if (isOpen) return gate.onmessage?.(message);
    waiting.push(message);
    if (!isOpening)
      opening().catch((error: unknown) =>
        gate.onerror?.(error instanceof Error ? error : new Error(String(error))),
      );
  };
  return gate;
}

function isRequest(message: JSONRPCMessage): message is Request {
  return 'method' in message && 'id' in message;
}

const META = 'io.modelcontextprotocol/';
/** What a server is told where this program itself connects. */
export const SELF: Host = { info: { name: 'codemie', version: CODEMIE_VERSION }, capabilities: {} };
export const UNKNOWN_HOST: Host = { info: { name: 'unknown', version: '0' }, capabilities: {} };

/** A 2025 host introduces itself in `initialize`, a 2026 host in the envelope of every request. */
function hostOf(message: Request | undefined): Host {
  const params = message?.params as Record<string, unknown> | undefined;
  const meta = params?.['_meta'] as Record<string, unknown> | undefined;
  return {
    info: (params?.['clientInfo'] ?? meta?.[`${META}clientInfo`] ?? UNKNOWN_HOST.info) as Host['info'],
    capabilities: (params?.['capabilities'] ??
      meta?.[`${META}clientCapabilities`] ??
      {}) as Host['capabilities'],
  };
}
