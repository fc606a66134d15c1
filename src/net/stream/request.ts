import type { Readable } from 'node:stream';
import type { RequestBody } from './replayable-body.ts';

/** Alternating names and values, which costs a third of what an object costs per request. */
export type FlatHeaders = string[];

export interface UpstreamRequest {
  readonly path: string;
  readonly method: string;
  readonly headers: FlatHeaders;
  readonly body: RequestBody;
  /** Registers a function that cancels the request when the client has gone. */
  readonly onGone: (end: () => void) => void;
}

export interface UpstreamAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Streamed; never held whole. */
  readonly body: Readable;
}

export interface Upstream {
  send(request: UpstreamRequest): Promise<UpstreamAnswer>;
  /** Opens a connection ahead of the first request. */
  connect(): void;
  close(): void;
}
