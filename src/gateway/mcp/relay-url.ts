import { createHmac, timingSafeEqual } from 'node:crypto';
import { join } from 'node:path';
import type { Context } from '../../context.ts';
import { isRecord } from '../../system/json.ts';
import { withLock } from '../../system/lock.ts';
import type { Secret } from '../../system/secret.ts';
import { keyIn } from '../keys.ts';

/** The root of a flow: which MCP server a client signs in to. */
export interface Flow {
  /** The query of the client's `/mcp_auth?…`. */
  readonly query: string;
  /** What the server's own metadata calls the resource, once it was read. */
  readonly resource?: string;
}

/** Where a relay URL leads. It is good for this and for nothing else. */
export interface Relay {
  /** `resource`: metadata of the MCP server. `server`: the sign-in server, whose metadata clients look for below it. */
  readonly purpose: 'resource' | 'server' | 'endpoint' | 'register' | 'authorize' | 'callback';
  readonly origin: string;
  /** The real issuer, where the gateway stands in for it. */
  readonly issuer?: string;
  /** Whether the issuer announced that it names itself in the redirect back (RFC 9207). */
  readonly namesIssuer?: boolean;
}

export interface RelayUrls {
  /** @param path with the query, of the other origin. */
  issue(base: string, flow: Flow, relay: Relay, path: string): string;
  /** @returns undefined unless this installation issued the URL. */
  read(path: string): { readonly flow: Flow; readonly relay: Relay; readonly path: string } | undefined;
  /** A value that comes back through a browser. */
  seal(value: Readonly<Record<string, string>>): string;
  unseal(text: string): Readonly<Record<string, string>> | undefined;
}

/**
 * `/mcp_relay/<flow>/<relay>/<mac>/…`, also with the well-known part first, where clients put it for an address that has a
 * path (RFC 8414 §3.1, RFC 9728 §3.1).
 */
const FORM = /^(\/\.well-known\/[\w-]+)?\/mcp_relay\/([\w-]+)\/([\w-]+)\/([\w-]{22})(\/.*)?$/;

/**
 * Every URL carries its flow, its destination and a MAC over both. So nothing is remembered, a URL is good after a
 * restart, and a URL of one flow leads nowhere in another.
 */
export function createRelayUrls(key: Secret): RelayUrls {
  const mac = (kind: string, text: string): Buffer =>
    createHmac('sha256', key.reveal()).update(`${kind} ${text}`).digest().subarray(0, 16);
  const isOurs = (kind: string, text: string, given: string): boolean => {
    const bytes = Buffer.from(given, 'base64url');
    return bytes.length === 16 && timingSafeEqual(bytes, mac(kind, text));
  };
  return {
    issue: (base, flow, relay, path) => {
      const text = `${encoded(flow)}/${encoded(relay)}`;
      return `${base}/mcp_relay/${text}/${mac('url', text).toString('base64url')}${path}`;
    },
    read: (path) => {
      const [, known = '', root = '', relay = '', given = '', rest = ''] = FORM.exec(path) ?? [];
      if (!isOurs('url', `${root}/${relay}`, given)) return undefined;
      return {
        flow: decoded(root) as unknown as Flow,
        relay: decoded(relay) as unknown as Relay,
        path: `${known}${rest}`,
      };
    },
    seal: (value) => {
      const text = encoded(value);
      return `${text}.${mac('state', text).toString('base64url')}`;
    },
    unseal: (sealed) => {
      const [text = '', given = ''] = sealed.split('.');
      return isOurs('state', text, given) ? (decoded(text) as Record<string, string>) : undefined;
    },
  };
}

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/** Only for text whose MAC was checked: we wrote it. */
function decoded(text: string): Record<string, unknown> {
  const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
  return isRecord(value) ? value : {};
}

/** The key of all relay URLs of this home, 0600, created once: the URLs that clients remember stay good. */
export function relayKey(context: Context): Promise<Secret> {
  const path = join(context.home, 'mcp-relay-key');
  const lock = join(context.home, 'locks', 'mcp-relay-key.lock');
  return withLock(lock, context, async () => keyIn(path));
}
