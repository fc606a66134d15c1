import type { ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';

/** Like `pipeline`, at a third of its cost, which every request would pay. @returns the number of bytes. */
export function passOn(source: Readable, response: ServerResponse): Promise<number> {
  return new Promise((resolve, reject) => {
    let bytes = 0;
    source.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (!response.write(chunk)) source.pause();
    });
    response.on('drain', () => source.resume());
    source.once('end', () => response.end());
    source.once('error', reject);
    // The response was cut off: the agent must not take a part for the whole.
    source.once('close', () => {
      if (!source.readableEnded) reject(new Error('the answer was cut off'));
    });
    response.once('error', reject);
    response.once('close', () => {
      if (response.writableFinished) return resolve(bytes);
      source.destroy();
      reject(new Error('the agent hung up'));
    });
  });
}
