import type { StoreName } from '../secrets/store.ts';
import type { Secret } from '../system/secret.ts';

/** How one remote MCP server is spoken to, as arguments and environment say. */
export interface McpSettings {
  /** The address as a person gave it. */
  readonly url: URL;
  /** `auto` tries Streamable HTTP and then HTTP with SSE (2024-11-05). */
  readonly transport: 'auto' | 'http' | 'sse';
  /** Sent with every request to the server itself. One named `authorization` switches OAuth off. */
  readonly headers: Readonly<Record<string, string>>;
  /** Name in a dynamic client registration (RFC 7591 `client_name`). */
  readonly clientName: string;
  /** A client that was registered by hand. */
  readonly client?: { readonly id: string; readonly secret?: Secret };
  /** Address of a client ID metadata document. */
  readonly clientMetadataUrl?: string;
  readonly scope?: string;
  /** Whether `resource` (RFC 8707) is sent; some identity providers refuse it. */
  readonly sendResource: boolean;
  /** Whether a server may leave `code_challenge_methods_supported` out of its metadata. */
  readonly allowMissingPkce: boolean;
  readonly callback: {
    readonly host: 'localhost' | '127.0.0.1';
    /** 0 for any free port. */
    readonly port: number;
    readonly path: string;
  };
  /** Where tokens and registration are kept; undefined for memory. */
  readonly tokenStore?: StoreName;
  readonly openBrowser: boolean;
  /** A person's time at the browser, ms. */
  readonly timeoutMs: number;
  /** When an opening request that waits for a sign-in is answered with an error, ms; undefined to wait for the end. */
  readonly startLimitMs?: number;
}
