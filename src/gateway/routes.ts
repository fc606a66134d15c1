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
  {
    name: 'gemini',
    pattern: /^\/v1(beta)?\/models\/[\w.-]+:(generateContent|streamGenerateContent|countTokens)$/,
    methods: ['POST'],
    dialect: 'gemini',
  },
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
          type: status === 401 ? 'authentication_error' : 'api_error',
          param: null,
          code: null,
        },
      });
    case 'gemini':
      return JSON.stringify({
        error: { code: status, message, status: status === 401 ? 'UNAUTHENTICATED' : 'UNAVAILABLE' },
      });
  }
}

const ANTHROPIC_TYPES: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
};
