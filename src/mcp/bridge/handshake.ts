import { Client, isJSONRPCRequest, type Transport } from '@modelcontextprotocol/client';
import type { McpSettings } from '../settings.ts';
import { lost } from './answers.ts';
import type { Host } from './gate.ts';
import { acceptUntypedResults, askForInput } from './modern.ts';

export interface HandshakeOptions {
  readonly settings: Pick<McpSettings, 'url'>;
  readonly host: Host;
  /** Prepares a client before it connects. */
  readonly prepare?: (client: Client) => void;
}

/** Longest wait a timer has. A person may be at the browser, and hosts have limits of their own. */
export const NO_LIMIT_MS = 2_147_483_647;

/** Introduces the host to the server: `auto` finds out which era the server belongs to, `legacy` is 2025 and before. */
export async function connect(
  { host, settings, prepare }: HandshakeOptions,
  transport: Transport,
  mode: 'auto' | 'legacy',
): Promise<Client> {
  const client = new Client(host.info, {
    capabilities: host.capabilities,
    versionNegotiation: { mode, probe: { timeoutMs: NO_LIMIT_MS } },
    // The bridge judges no content: without a validator, the SDK lets every result of a tool pass.
    jsonSchemaValidator: { getValidator: () => undefined as never },
  });
  prepare?.(client);
  answerTheLost(transport, settings.url);
  try {
    await client.connect(transport, { timeout: NO_LIMIT_MS });
    if (client.getProtocolEra() === 'modern') {
      askForInput(client, host.capabilities);
      acceptUntypedResults(transport);
    }
    return client;
  } catch (error) {
    // An EventSource would go on trying.
    await client.close().catch(() => undefined);
    await transport.close().catch(() => undefined);
    throw error;
  }
}

/** The SDK waits for ever for the answer of a stream that ended without one. One that came first wins. */
function answerTheLost(transport: Transport, server: URL): void {
  const send = transport.send.bind(transport);
  transport.send = (message, options) =>
    send(message, {
      ...options,
      onRequestStreamEnd: () => {
        options?.onRequestStreamEnd?.();
        if (isJSONRPCRequest(message))
          transport.onmessage?.({ jsonrpc: '2.0', id: message.id, error: lost(server) });
      },
    });
}
