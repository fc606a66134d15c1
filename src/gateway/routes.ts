import type { IncomingHttpHeaders } from 'node:http';
import type { Dialect } from '../config/providers.ts';

interface Route {
  /** The name in metrics and the audit log; never a URL. */
  readonly name: string;
  readonly pattern: RegExp;
  readonly methods: readonly string[];
  /** Undefined if several APIs have this route; headers decide then. */
  readonly dialect?: Dialect;
}

/** One part of a path. Excludes `.` and `..`, which a server might resolve to another path. */
const PART = String.raw`(?!\.{1,2}(?:/|%|$))[\w.:@-]+`;

/**
 * The routes that the gateway forwards, as the platform has them; it refuses everything else. With and without `/v1`,
 * as clients differ.
 */
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
  {
    name: 'models',
    pattern: new RegExp(`^(?:/v1)?/models(?:/(${PART}(?:(?:/|%2[fF])${PART})*))?$`),
    methods: ['GET'],
  },
  // A model name may be a path, as providers group their models.
  {
    name: 'gemini',
    pattern:
      /^(\/v1(beta)?)?\/models(\/(?!\.{1,2}[/:])[\w.-]+)+:(generateContent|streamGenerateContent|countTokens)$/,
    methods: ['POST'],
    dialect: 'gemini',
  },
  { name: 'health', pattern: /^(\/v1)?\/health$/, methods: ['GET'], dialect: 'openai' },
];

/**
 * Further routes of model providers. The platform has none of them, and uses some of these names for other things.
 * Managing keys, users and organizations stays out.
 */
const PROVIDER_ROUTES: readonly Route[] = [
  {
    name: 'provider',
    pattern: new RegExp(
      `^(/v1)?/(${[
        ...['images', 'audio', 'files', 'uploads', 'batches', 'responses', 'moderations', 'rerank', 'videos'],
        ...['vector_stores', 'fine_tuning', 'conversations', 'containers', 'assistants', 'threads'],
        ...['chat/completions', 'messages/batches', 'complete'],
      ].join('|')})(/${PART})*$`,
    ),
    methods: ['GET', 'POST', 'DELETE'],
  },
  {
    name: 'gemini',
    pattern: /^(\/v1(beta)?)?\/models(\/(?!\.{1,2}[/:])[\w.-]+)+:(embedContent|batchEmbedContents|predict)$/,
    methods: ['POST'],
    dialect: 'gemini',
  },
];

/** The endpoint for an agent's hooks. */
export const HOOK_PATH = '/hooks/agent';

/** The endpoint for the sign-in state: `{"signIn": "valid|ended|unreachable", "message"?}`. */
export const STATUS_PATH = '/status';

/** Agents call these to check that a server is there; the gateway answers them itself. */
const GREETINGS = ['/', '/api/hello'];

export type Routing =
  | {
      readonly kind: 'forward';
      readonly dialect?: Dialect | undefined;
      readonly name: string;
      /** The model whose page is asked for. */
      readonly model?: string | undefined;
    }
  | { readonly kind: 'greeting' }
  | { readonly kind: 'metrics' }
  | { readonly kind: 'status' }
  | { readonly kind: 'hook' }
  | { readonly kind: 'unknown' };

/** @param hasProvider a model provider is behind the gateway instead of a platform. */
export function routeOf(method: string, path: string, hasProvider = false): Routing {
  if (GREETINGS.includes(path) && (method === 'HEAD' || method === 'GET')) return { kind: 'greeting' };
  if (path === HOOK_PATH && method === 'POST') return { kind: 'hook' };
  if (path === STATUS_PATH && method === 'GET') return { kind: 'status' };
  if (path === '/metrics' && method === 'GET') return { kind: 'metrics' };
  const routes = hasProvider ? [...ROUTES, ...PROVIDER_ROUTES] : ROUTES;
  const route = routes.find((entry) => entry.pattern.test(path) && entry.methods.includes(method));
  if (route === undefined) return { kind: 'unknown' };
  const { name, dialect } = route;
  const model = name === 'models' ? route.pattern.exec(path)?.[1]?.replace(/%2f/gi, '/') : undefined;
  return { kind: 'forward', dialect, name, ...(model === undefined ? {} : { model }) };
}

/**
 * The request target for the platform. A client may have the base URL of another API, so a version before another one
 * is removed, and the Gemini version before another API's route is replaced. The platform counts Gemini's tokens without
 * a version only. The gateway's own key is removed from the query, where Gemini clients may put it.
 */
export function targetOf(url: string): string {
  const [path = '', ...query] = url.split('?');
  const once = path
    .replace(/^\/v1(beta)?(?=\/v1(beta)?\/)/, '')
    .replace(/^\/v1beta(?=\/(?!models(\/|$)))/, '/v1')
    .replace(/^\/v1beta(?=\/models\/[^:]+:countTokens$)/, '');
  const kept = query
    .join('?')
    .split('&')
    .filter((pair) => !/^key(=|$)/.test(pair));
  return query.length === 0 || kept.length === 0 ? once : `${once}?${kept.join('&')}`;
}

/** The API that a client speaks, judged by its headers if the path does not decide. */
export function dialectOf(routing: Routing, path: string, headers: IncomingHttpHeaders): Dialect {
  if (routing.kind === 'forward' && routing.dialect !== undefined) return routing.dialect;
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
