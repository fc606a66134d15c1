import type { Dialect } from '../config/providers.ts';

interface Route {
  readonly pattern: RegExp;
  readonly methods: readonly string[];
  readonly dialect: Dialect;
}

/** What the gateway passes on; everything else is refused. With and without `/v1`, as clients differ. */
const ROUTES: readonly Route[] = [
  { pattern: /^(\/v1)?\/messages(\/count_tokens)?$/, methods: ['POST'], dialect: 'anthropic' },
  {
    pattern: /^(\/v1)?\/(chat\/completions|completions|responses|embeddings)$/,
    methods: ['POST'],
    dialect: 'openai',
  },
  { pattern: /^(\/v1)?\/models(\/[\w.:-]+)?$/, methods: ['GET'], dialect: 'openai' },
  {
    pattern: /^\/v1(beta)?\/models\/[\w.-]+:(generateContent|streamGenerateContent|countTokens)$/,
    methods: ['POST'],
    dialect: 'gemini',
  },
];

/** Calls agents make to see whether anybody is there; answered here. */
const GREETINGS = ['/', '/api/hello'];

export type Routing =
  | { readonly kind: 'forward'; readonly dialect: Dialect }
  | { readonly kind: 'greeting' }
  | { readonly kind: 'unknown' };

export function routeOf(method: string, path: string): Routing {
  if (GREETINGS.includes(path) && (method === 'HEAD' || method === 'GET')) return { kind: 'greeting' };
  const route = ROUTES.find((entry) => entry.pattern.test(path) && entry.methods.includes(method));
  return route === undefined ? { kind: 'unknown' } : { kind: 'forward', dialect: route.dialect };
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
