import type { Readable } from 'node:stream';
import type { RequestBody } from './replayable-body.ts';

/** Names and values in turn, which costs a request a third of what an object does. */
export type FlatHeaders = string[];

export interface UpstreamRequest {
  readonly path: string;
  readonly method: string;
  readonly headers: FlatHeaders;
  readonly body: RequestBody;
  /** Registers what ends the request when nobody waits for its answer any more. */
  readonly onGone: (end: () => void) => void;
}

export interface UpstreamAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** As it arrives; never held whole. */
  readonly body: Readable;
}

export interface Upstream {
  send(request: UpstreamRequest): Promise<UpstreamAnswer>;
  /** Opens a connection before there is a request for it. */
  connect(): void;
  close(): void;
}
