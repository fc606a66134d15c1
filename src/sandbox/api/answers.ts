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
  details: string | null = null,
  help: string | null = null,
): Answer {
  return { status, body: { error: { message, details, help } } };
}

/** An error in the format of the platform's web framework. */
export function frameworkError(status: number, detail: string): Answer {
  return { status, body: { detail } };
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
interface Invalid {
  readonly type: string;
  /** Location: `path`, `query` or `body`, then the field's name. */
  readonly loc: readonly string[];
  readonly msg: string;
  readonly input: unknown;
  readonly ctx?: Readonly<Record<string, number>>;
}

/** A 422. It has no `help`, and it names body fields without the `body` prefix. */
export function invalid(field: Invalid): Answer {
  const name = field.loc.filter((part) => part !== 'body').join('.');
  return { status: 422, body: { error: { message: `${name}: ${field.msg}`, details: [field] } } };
}

export function missing(name: string, body: unknown): Answer {
  return invalid({ type: 'missing', loc: ['body', name], msg: 'Field required', input: body });
}

/** @returns the number in a parameter, or a 422 that says why it is not one within these limits. */
export function numberIn(
  loc: readonly string[],
  input: string,
  limits: { readonly least: number; readonly most?: number },
): number | Answer {
  if (!/^-?\d+$/.test(input)) {
    const msg = 'Input should be a valid integer, unable to parse string as an integer';
    return invalid({ type: 'int_parsing', loc, msg, input });
  }
  const value = Number(input);
  if (value < limits.least) {
    const msg = `Input should be greater than or equal to ${limits.least}`;
    return invalid({ type: 'greater_than_equal', loc, msg, input, ctx: { ge: limits.least } });
  }
  if (limits.most !== undefined && value > limits.most) {
    const msg = `Input should be less than or equal to ${limits.most}`;
    return invalid({ type: 'less_than_equal', loc, msg, input, ctx: { le: limits.most } });
  }
  return value;
}

/** A page of a list; the first is 0. */
export interface Page {
  readonly page: number;
  readonly size: number;
}

/** @returns the requested page of a list, or a 422 when the parameters are invalid. */
export function pageIn(query: URLSearchParams): Page | Answer {
  const page = numberIn(['query', 'page'], query.get('page') ?? '0', { least: 0 });
  if (typeof page !== 'number') return page;
  const size = numberIn(['query', 'per_page'], query.get('per_page') ?? '20', { least: 10, most: 100 });
  return typeof size === 'number' ? { page, size } : size;
}

/** @returns one page of a list, with the total count. */
export function paged(all: readonly unknown[], { page, size }: Page): Answer {
  const data = all.slice(page * size, (page + 1) * size);
  return { status: 200, body: { data, pagination: { total: all.length, page, per_page: size } } };
}

export function reply(
  response: ServerResponse,
  { status, body }: Answer,
  headers: Readonly<Record<string, string | readonly string[]>> = {},
): void {
  send(response, status, body, headers);
}
