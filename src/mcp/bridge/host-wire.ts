import type { Readable, Writable } from 'node:stream';
import { type JSONRPCMessage, parseJSONRPCMessage, type Transport } from '@modelcontextprotocol/server';
import { isRecord } from '../../system/json.ts';
import type { RpcError } from './faults.ts';
import { LARGEST, requestTooLarge } from './limit.ts';
import { idAtEdges, lineReader } from './lines.ts';
import type { Outlet } from './outlet.ts';

/**
 * The host's side: JSON-RPC, a message a line, on stdin and stdout. A line that is no message is answered with an error
 * (JSON-RPC 2.0 §5.1), and the next one is read. It closes when stdin ends or nobody reads stdout any more.
 */
export function hostWire(stdin: Readable, stdout: Writable, outlet: Outlet): Transport {
  let isClosed = false;
  const refuse = (id: unknown, error: RpcError): void =>
    void outlet.write(JSON.stringify({ jsonrpc: '2.0', id: id ?? null, error })).catch(() => undefined);
  const take = (line: string): void => {
    if (line.trim() === '') return;
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      return refuse(undefined, { code: -32_700, message: 'Parse error: the line is not JSON.' });
    }
    let message: JSONRPCMessage;
    try {
      message = parseJSONRPCMessage(value);
    } catch {
      const text = 'Invalid request: the line is not one JSON-RPC 2.0 message.';
      return refuse(isRecord(value) ? value['id'] : undefined, { code: -32_600, message: text });
    }
    wire.onmessage?.(message);
  };
  const onData = lineReader({
    most: LARGEST,
    onLine: take,
    onTooLong: (head, tail) => {
      const { code, message, hint } = requestTooLarge();
      refuse(idAtEdges(head, tail), { code: -32_600, message, data: { code, hint } });
    },
  });
  const close = (): void => {
    if (isClosed) return;
    isClosed = true;
    stdin.off('data', onData).pause();
    wire.onclose?.();
  };
  const wire: Transport = {
    start: async () => {
      stdin.on('data', onData).once('end', close).once('close', close).once('error', close);
      stdout.once('error', close).once('close', close);
      if (stdin.readableEnded || stdin.destroyed) setImmediate(close);
    },
    send: async (message) => {
      if (!isClosed) await outlet.write(JSON.stringify(message));
    },
    close: async () => close(),
  };
  return wire;
}
