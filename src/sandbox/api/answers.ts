import type { ServerResponse } from 'node:http';
import { send } from '../http.ts';

/** The status and JSON body of a response. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** An error in the platform's own format. */
export function problem(
  status: number,
  message: string,
  details: unknown = null,
  help: string | null = null,
): Answer {
  return { status, body: { error: { message, details, help } } };
}

/** An error in the format of the platform's web framework. */
export function frameworkError(status: number, detail: string): Answer {
  return { status, body: { detail } };
}

export function ok(body: unknown): Answer {
  return { status: 200, body };
}

export const NOT_FOUND = frameworkError(404, 'Not Found');
export const METHOD_NOT_ALLOWED = frameworkError(405, 'Method Not Allowed');

/** The answer to any credential problem when an identity provider issues the credentials. */
export const AUTHENTICATION_FAILED = problem(
  401,
  'Authentication failed',
  'No valid authentication credentials were provided with this request.',
  "Please ensure you're logged in and your session hasn't expired. If you're using an API key, make sure it's valid and correctly included in the request headers.",
);

export const DEACTIVATED = problem(401, 'Account is deactivated');

/** The platform's 500, without the stack trace of a real one. */
export const SERVER_ERROR = problem(
  500,
  'Internal Server Error',
  'An unexpected error occurred while processing the request.',
  'Please try again later or contact support if the problem persists.',
);

/** One field with an invalid value. */
export interface Invalid {
  readonly type: string;
  /** Location: `path`, `query` or `body`, then the field's name and the places within it. */
  readonly loc: readonly (string | number)[];
  readonly msg: string;
  readonly input: unknown;
  readonly ctx?: Readonly<Record<string, unknown>>;
}

/** A 422. It has no `help`, and its message names body fields without the `body` prefix. */
export function invalid(...fields: readonly Invalid[]): Answer {
  const message = fields.map(({ loc, msg }) => `${nameOf(loc)}: ${msg}`).join('; ');
  return { status: 422, body: { error: { message, details: fields } } };
}

function nameOf(loc: Invalid['loc']): string {
  const name = loc
    .filter((part) => part !== 'body')
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`))
    .join('');
  return name === '' ? 'request' : name.slice(1);
}

export function missing(name: string, body: unknown): Answer {
  return invalid({ type: 'missing', loc: ['body', name], msg: 'Field required', input: body });
}

export function reply(
  response: ServerResponse,
  { status, body }: Answer,
  headers: Readonly<Record<string, string | readonly string[]>> = {},
): void {
  send(response, status, body, headers);
}
