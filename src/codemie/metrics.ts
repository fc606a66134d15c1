import type { Context } from '../context.ts';
import type { Access } from '../credentials/access.ts';
import { authorizationHeaders } from '../credentials/credential.ts';
import { messageOf } from '../system/errors.ts';
import { endpointOf } from './address.ts';
import { CLIENT_VERSION } from './client-version.ts';

const LIMIT_MS = 2000;

/**
 * Tells the platform what a session amounted to (`POST /v1/metrics`). Only where the person agreed; a platform that does not
 * take it is no concern of theirs.
 */
export async function sendMetrics(
  context: Context,
  access: Access,
  name: string,
  attributes: Readonly<Record<string, unknown>>,
): Promise<void> {
  if (access.selection.keyProvider !== undefined) return;
  try {
    const { status } = await context.http({
      url: `${endpointOf(access)}/v1/metrics`,
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json',
        'x-codemie-cli': CLIENT_VERSION,
        ...authorizationHeaders(await access.fresh()),
      },
      body: JSON.stringify({ name, attributes }),
      timeoutMs: LIMIT_MS,
      signal: context.signal,
    });
    context.log.debug('metrics sent', { status });
  } catch (error) {
    context.log.debug('metrics not sent', { reason: messageOf(error) });
  }
}
