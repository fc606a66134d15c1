import type { IncomingHttpHeaders } from 'node:http';
import type { Dialect } from '../config/providers.ts';

interface Route {
  /** As metrics and the audit log name it; nobody's address stands in there. */
  readonly name: string;
  readonly pattern: RegExp;
  readonly methods: readonly string[];
  readonly dialect: Dialect;
}

/** What the gateway passes on; everything else is refused. With and without `/v1`, as clients differ. */
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
  // Not `.` or `..`, which the platform might resolve to another path.
  {
    name: 'models',
    pattern: /^(\/v1)?\/models(\/(?!\.{1,2}$)[\w.:-]+)?$/,
    methods: ['GET'],
    dialect: 'openai',
  },
  // A name may be a path, as providers group their models.
  {
    name: 'gemini',
    pattern:
      /^(\/v1(beta)?)?\/models(\/(?!\.{1,2}[/:])[\w.-]+)+:(generateContent|streamGenerateContent|countTokens)$/,
    methods: ['POST'],
    dialect: 'gemini',
  },
  { name: 'health', pattern: /^\/v1\/health$/, methods: ['GET'], dialect: 'openai' },
];

/** Where an agent's hooks report to. */
export const HOOK_PATH = '/hooks/agent';

/** Where the sign-in's state is asked: `{"signIn": "valid|ended|unreachable", "message"?}`. */
export const STATUS_PATH = '/status';

/** Calls agents make to see whether anybody is there; answered here. */
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
 * What a request is for, as the platform takes it: a version that a client put behind an address which has one counts once, and
 * the gateway's own key in the query, where Gemini's clients may put it, goes no further. All else stays as it was sent.
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

/** The API a client speaks, by what it sends, where its path alone does not tell. */
export function dialectOf(routing: Routing, path: string, headers: IncomingHttpHeaders): Dialect {
  if (routing.kind === 'forward' && routing.name !== 'models') return routing.dialect;
  if (headers['anthropic-version'] !== undefined || /\/messages\b/.test(path)) return 'anthropic';
  if (headers['x-goog-api-key'] !== undefined || /\/v1(alpha|beta)\b|:\w+$/.test(path)) return 'gemini';
  return headers['x-api-key'] === undefined ? 'openai' : 'anthropic';
}

/** @returns an error body in the shape the agent shows to its person. */
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
