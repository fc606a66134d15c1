import type { Fields } from './dialect.ts';

/** `POST /v1/embeddings`: short, made-up vectors, as numbers, or in base64 as the npm client requests them. */
export function embeddings(body: Fields): unknown {
  const inputs = Array.isArray(body['input']) ? body['input'] : [body['input']];
  const base64 = body['encoding_format'] === 'base64';
  const data = inputs.map((input: unknown, index: number) => {
    const vector = Array.from({ length: 8 }, (_, i) => (String(input).charCodeAt(i) || 0) / 128 - 1);
    return { object: 'embedding', index, embedding: base64 ? packed(vector) : vector };
  });
  const usage = { prompt_tokens: inputs.length, total_tokens: inputs.length };
  return { object: 'list', data, model: body['model'], usage };
}

/** 32-bit floats, little-endian. */
function packed(vector: readonly number[]): string {
  const bytes = Buffer.alloc(vector.length * 4);
  for (const [index, value] of vector.entries()) bytes.writeFloatLE(value, index * 4);
  return bytes.toString('base64');
}
