import type { IncomingHttpHeaders } from 'node:http';
import type { Dialect } from '../config/providers.ts';

interface Route {
  /** The name in metrics and the audit log; never a URL. */
  readonly name: string;
  readonly pattern: RegExp;
  readonly methods: readonly string[];
  readonly dialect: Dialect;
}

/** The routes that the gateway forwards; it refuses everything else. With and without `/v1`, as clients differ. */
const ROUTES: readonly Route[] = [
  {
    name: 'messages',
    pattern: /^(\/v1)?\/messages(\/count_tokens)?$/,
    methods: ['POST'],
    dialect: 'anthropic',
  },
  {
    name: 'openai',
    pattern: /^(\/v1)?\/(chat\/completions|completions|responses|embeddings)$/,
    methods: ['POST'],
    dialect: 'openai',
  },
  // Excludes `.` and `..`, which the platform might resolve to another path.
  {
    name: 'models',
    pattern: /^(\/v1)?\/models(\/(?!\.{1,2}$)[\w.:-]+)?$/,
    methods: ['GET'],
    dialect: 'openai',
  },
  // A model name may be a path, as providers group their models.
  {
    name: 'gemini',
    pattern:
      /^(\/v1(beta)?)?\/models(\/(?!\.{1,2}[/:])[\w.-]+)+:(generateContent|streamGenerateContent|countTokens)$/,
    methods: ['POST'],
    dialect: 'gemini',
  },
  { name: 'health', pattern: /^\/v1\/health$/, methods: ['GET'], dialect: 'openai' },
];

/** The endpoint for an agent's hooks. */
export const HOOK_PATH = '/hooks/agent';

/** The endpoint for the sign-in state: `{"signIn": "valid|ended|unreachable", "message"?}`. */
export const STATUS_PATH = '/status';

/** Agents call these to check that a server is there; the gateway answers them itself. */
const GREETINGS = ['/', '/api/hello'];

export type Routing =
  | { readonly kind: 'forward'; readonly dialect: Dialect; readonly name: string }
  | { readonly kind: 'greeting' }
  | { readonly kind: 'metrics' }
  | { readonly kind: 'status' }
  | { readonly kind: 'hook' }
  | { readonly kind: 'unknown' };

export function routeOf(method: string, path: string): Routing {
  if (GREETINGS.includes(path) && (method === 'HEAD' || method === 'GET')) return { kind: 'greeting' };
  if (path === HOOK_PATH && method === 'POST') return { kind: 'hook' };
  if (path === STATUS_PATH && method === 'GET') return { kind: 'status' };
  if (path === '/metrics' && method === 'GET') return { kind: 'metrics' };
  const route = ROUTES.find((entry) => entry.pattern.test(path) && entry.methods.includes(method));
  return route === undefined
    ? { kind: 'unknown' }
    : { kind: 'forward', dialect: route.dialect, name: route.name };
}

/**
 * The request target for the platform. A `/v1` that a client added to a base URL that already has one is removed, and
 * so is the gateway's own key in the query, where Gemini clients may put it. The rest is unchanged.
 */
export function targetOf(url: string): string {
  const [path = '', ...query] = url.split('?');
  const once = path.replace(/^\/v1(?=\/v1(beta)?\/)/, '');
  const kept = query
    .join('?')
    .split('&')
    .filter((pair) => !/^key(=|$)/.test(pair));
  return query.length === 0 || kept.length === 0 ? once : `${once}?${kept.join('&')}`;
}

/** The API that a client speaks, judged by its headers if the path does not decide. */
export function dialectOf(routing: Routing, path: string, headers: IncomingHttpHeaders): Dialect {
  if (routing.kind === 'forward' && routing.name !== 'models') return routing.dialect;
  if (headers['anthropic-version'] !== undefined || /\/messages\b/.test(path)) return 'anthropic';
  if (headers['x-goog-api-key'] !== undefined || /\/v1(alpha|beta)\b|:\w+$/.test(path)) return 'gemini';
  return headers['x-api-key'] === undefined ? 'openai' : 'anthropic';
}

/** @returns an error body in the format that the agent shows to its user. */
export function errorBody(dialect: Dialect, status: number, message: string): string {
  switch (dialect) {
    case 'anthropic':
      return JSON.stringify({
        type: 'error',
        error: { type: ANTHROPIC_TYPES[status] ?? 'api_error', message },
      });
    case 'openai':
      return JSON.stringify({
        error: {
          message,
          type: OPENAI_TYPES[status] ?? 'api_error',
          param: null,
          code: null,
        },
      });
    case 'gemini':
      return JSON.stringify({
        error: { code: status, message, status: GEMINI_STATUSES[status] ?? 'UNAVAILABLE' },
      });
  }
}

/** google.rpc.Code. */
const GEMINI_STATUSES: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  426: 'FAILED_PRECONDITION',
};

const OPENAI_TYPES: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  403: 'permission_error',
  404: 'invalid_request_error',
};

const ANTHROPIC_TYPES: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
};
