/** One HTTP exchange, small enough to hold in memory. Redirects are never followed (S16, S39). */
export interface HttpRequest {
  readonly url: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Whole exchange, the way there included, ms. Default: the limit for commands. */
  readonly timeoutMs?: number;
  /** Largest body accepted, bytes. Default 1 MiB (S15). */
  readonly maxBytes?: number;
  readonly signal?: AbortSignal;
}

export interface HttpResponse {
  readonly status: number;
  /** Lower-case names; repeated headers joined by `, `. */
  readonly headers: Readonly<Record<string, string>>;
  /** `Set-Cookie` lines, each by itself. */
  readonly setCookie: readonly string[];
  readonly body: Buffer;
}

export type Http = (request: HttpRequest) => Promise<HttpResponse>;
