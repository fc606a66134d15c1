import type { IncomingMessage, ServerResponse } from 'node:http';
import { objectIn } from '../system/json.ts';

const LARGEST_HOOK = 8 * 1_048_576;

/** The agent waits for this response, so it is sent first and the report is parsed afterwards. */
export function takeHook(
  request: IncomingMessage,
  response: ServerResponse,
  onHook: ((event: Readonly<Record<string, unknown>>) => void) | undefined,
): void {
  const chunks: Buffer[] = [];
  let size = 0;
  request.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= LARGEST_HOOK) chunks.push(chunk);
  });
  request.on('end', () => {
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    if (onHook === undefined || size > LARGEST_HOOK) return;
    setImmediate(() => {
      const event = objectIn(Buffer.concat(chunks).toString('utf8'));
      if (event !== undefined) onHook(event);
    });
  });
}
