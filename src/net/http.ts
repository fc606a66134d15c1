/** One HTTP exchange, small enough to hold in memory. The client never follows redirects (S16, S39). */
export interface HttpRequest {
  readonly url: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Limit for the whole exchange, connecting included, ms. Default: the limit for commands. */
  readonly timeoutMs?: number;
  /** Largest accepted body, bytes. Default 1 MiB (S15). */
  readonly maxBytes?: number;
  readonly signal?: AbortSignal;
  /** Whether the connection serves later requests to this origin, too. For many requests in a row. Default false. */
  readonly keepAlive?: boolean;
}

export interface HttpResponse {
  readonly status: number;
  /** Lower-case names; repeated headers joined by `, `. */
  readonly headers: Readonly<Record<string, string>>;
  /** Each `Set-Cookie` line separately. */
  readonly setCookie: readonly string[];
  readonly body: Buffer;
}

export type Http = (request: HttpRequest) => Promise<HttpResponse>;
