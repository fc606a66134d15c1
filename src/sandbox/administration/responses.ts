import type { ServerResponse } from 'node:http';
import type { Html } from './html.ts';
import { type Layout, layout } from './layout.ts';
import { SECURITY_HEADERS } from './style.ts';

export function sendPage(response: ServerResponse, status: number, frame: Layout, body: Html): void {
  response.writeHead(status, { ...SECURITY_HEADERS, 'content-type': 'text/html; charset=utf-8' });
  response.end(layout(frame, body));
}

/** 303 after a form: the browser gets the next page, and loading that again does not send the form again. */
export function redirect(response: ServerResponse, status: 302 | 303, location: string): void {
  response.writeHead(status, { 'cache-control': 'no-store', location }).end();
}
