import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { objectIn } from '../system/json.ts';

/** Requests the list of models instead of the page of one, which a platform does not have. */
export function askForList(request: IncomingMessage): void {
  request.url = '/v1/models';
  // The list is read here.
  request.headers['accept-encoding'] = 'identity';
}

/** @returns the entry of a model in the list, as JSON; undefined if the list does not have it or is no list. */
export async function modelIn(list: Readable, id: string): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of list as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > LARGEST_LIST) return undefined;
    chunks.push(chunk);
  }
  const data = objectIn(Buffer.concat(chunks).toString('utf8'))?.['data'];
  const found: unknown = Array.isArray(data) ? data.find((entry) => entry?.id === id) : undefined;
  return found === undefined ? undefined : JSON.stringify(found);
}

const LARGEST_LIST = 4 * 1_048_576;
