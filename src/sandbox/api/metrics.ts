import type { IncomingMessage } from 'node:http';
import { readJson } from '../http.ts';
import { type Answer, missing } from './answers.ts';

/** `POST /v1/metrics`. Metrics from a client that does not identify itself count as the web page's. */
export async function takeMetric(request: IncomingMessage): Promise<Answer> {
  const body = (await readJson(request)) ?? null;
  const sent = (body as { readonly name?: unknown } | null)?.name;
  if (typeof sent !== 'string') return missing('name', body);
  const own = request.headers['x-codemie-client'] !== undefined || sent.startsWith('frontend_');
  const name = own ? sent : `frontend_${sent}`;
  return { status: 200, body: { success: true, message: `Metric '${name}' sent successfully` } };
}
