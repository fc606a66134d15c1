import { isLoopbackHost } from '../../net/origin.ts';
import { isRecord, objectIn } from '../../system/json.ts';
import { addressIn, MCP_PATH } from './address.ts';
import type { Flow } from './relay-url.ts';

/** What a request to a sign-in server is changed to on its way. */
export interface Changes {
  readonly flow: Flow;
  /** Replaces the name in a registration. */
  readonly clientName?: string | undefined;
  /** Replaces every redirect URI, where the gateway stands in for the issuer. */
  readonly redirectUri?: string | undefined;
}

/** @returns the resource as the sign-in server knows it; another value unchanged. */
export function originalResource(value: string, { query, resource }: Flow): string {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url === undefined || !isLoopbackHost(url.hostname) || url.pathname !== MCP_PATH) return value;
  return resource ?? addressIn(query).original.href;
}

/** Changes parameters in place. @returns whether anything changed. */
export function changeParameters(params: URLSearchParams, { flow, redirectUri }: Changes): boolean {
  const resources = params.getAll('resource');
  const originals = resources.map((value) => originalResource(value, flow));
  const isOther = originals.some((value, i) => value !== resources[i]);
  if (isOther) {
    params.delete('resource');
    for (const resource of originals) params.append('resource', resource);
  }
  const isRedirected = redirectUri !== undefined && params.has('redirect_uri');
  if (isRedirected) params.set('redirect_uri', redirectUri);
  return isOther || isRedirected;
}

/** @returns the body to send: the same bytes if there is nothing to change. */
export function changeBody(type: string, body: Buffer, changes: Changes): Buffer {
  if (/^application\/x-www-form-urlencoded\b/i.test(type)) {
    const form = new URLSearchParams(body.toString('utf8'));
    return changeParameters(form, changes) ? Buffer.from(form.toString()) : body;
  }
  const document = objectIn(body.toString('utf8'));
  if (!isRecord(document)) return body;
  const changed = changeDocument(document, changes);
  return JSON.stringify(changed) === JSON.stringify(document) ? body : Buffer.from(JSON.stringify(changed));
}

function changeDocument(
  document: Readonly<Record<string, unknown>>,
  { flow, clientName, redirectUri }: Changes,
): Readonly<Record<string, unknown>> {
  const { resource, client_name: name, redirect_uris: uris } = document;
  return {
    ...document,
    ...(typeof resource === 'string' ? { resource: originalResource(resource, flow) } : {}),
    ...(typeof name === 'string' && clientName !== undefined ? { client_name: clientName } : {}),
    ...(Array.isArray(uris) && redirectUri !== undefined ? { redirect_uris: [redirectUri] } : {}),
  };
}
