import { type Client, ProtocolError } from '@modelcontextprotocol/client';
import type { Clock } from '../../system/clock.ts';
import type { HostState } from './host-state.ts';
import { CALM_MS, LONGEST_PAUSE_MS } from './watch.ts';

/**
 * A server of 2026-07-28 tells of changes only on a stream that was asked for (`subscriptions/listen`). Asks for it, and
 * again when it ends or when the host subscribes to other resources, until the connection is closed.
 */
export async function followChanges(
  client: Client,
  state: HostState,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  for (let failures = 0; client.transport !== undefined; ) {
    const changed = state.changed();
    const filter = filterFor(client, state);
    if (Object.keys(filter).length === 0) {
      await changed;
      continue;
    }
    const began = clock.now();
    try {
      const subscription = await client.listen(filter);
      await Promise.race([subscription.closed, changed]);
      await subscription.close();
    } catch (error) {
      // The server does not know the method, or refuses what was asked.
      if (error instanceof ProtocolError) return;
    }
    failures = clock.now() - began > CALM_MS ? 0 : failures + 1;
    await Promise.race([clock.sleep(Math.min(500 * 2 ** failures, LONGEST_PAUSE_MS), signal), changed]);
  }
}

function filterFor(client: Client, state: HostState) {
  const { tools, prompts, resources } = client.getServerCapabilities() ?? {};
  const uris = resources?.subscribe === true ? state.uris() : [];
  return {
    ...(tools?.listChanged === true && { toolsListChanged: true }),
    ...(prompts?.listChanged === true && { promptsListChanged: true }),
    ...(resources?.listChanged === true && { resourcesListChanged: true }),
    ...(uris.length > 0 && { resourceSubscriptions: [...uris] }),
  };
}
