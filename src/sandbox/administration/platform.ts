import { API_PATH } from '../options.ts';

/** Calls of the platform's API for one visitor. The page has no other way to read or change anything. */
export interface Platform {
  /** @throws Problem */
  get<T>(path: string, query?: Readonly<Record<string, string>>): Promise<T>;
  /** @throws Problem */
  send<T>(method: 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown): Promise<T>;
}

/** Why a page or a change does not come about. */
export class Problem extends Error {
  readonly status: number;
  readonly heading: string;
  /** More sentences about it. */
  readonly more: readonly string[];

  constructor(
    status: number,
    message: string,
    heading = 'Nothing was changed',
    more: readonly string[] = [],
  ) {
    super(message);
    this.status = status;
    this.heading = heading;
    this.more = more;
  }
}

/** An error of the API, in its own words. */
function apiProblem(status: number, body: unknown): Problem {
  const { error, detail } = (body ?? {}) as ErrorBody;
  const [message = 'It gives no reason.', ...more] = [
    error?.message,
    detail,
    error?.details,
    error?.help,
  ].filter((text) => typeof text === 'string' && text !== '') as readonly string[];
  return new Problem(status, message, `The platform's API refused this (${status})`, more);
}

interface ErrorBody {
  readonly error?: { readonly message?: unknown; readonly details?: unknown; readonly help?: unknown };
  readonly detail?: unknown;
}

export type Headers = Readonly<Record<string, string>>;

/** How the requests of one visitor prove who it is. */
export interface Proof {
  headers(): Headers;
  /** Replaces an access token that the API refused. @returns false when that is impossible. */
  renew?(): Promise<boolean>;
}

const LONGEST_WAIT_MS = 30_000;

/** @param local address of the sandbox on this machine. */
export function createPlatform(local: string, proof: Proof): Platform {
  const once = async (method: string, path: string, body: unknown): Promise<Response> => {
    const content = body === undefined ? {} : { body: JSON.stringify(body) };
    const type: Headers = body === undefined ? {} : { 'content-type': 'application/json' };
    const init = {
      method,
      redirect: 'manual',
      headers: { ...type, ...proof.headers() },
      ...content,
    } as const;
    try {
      return await fetch(`${local}${API_PATH}${path}`, {
        ...init,
        signal: AbortSignal.timeout(LONGEST_WAIT_MS),
      });
    } catch {
      throw new Problem(502, 'Try again later.', "The platform's API does not answer");
    }
  };
  const call = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    let answer = await once(method, path, body);
    if (answer.status === 401 && (await proof.renew?.()) === true) answer = await once(method, path, body);
    const content = await answer.json().catch(() => undefined);
    if (!answer.ok || content === undefined) throw apiProblem(answer.ok ? 502 : statusOf(answer), content);
    return content;
  };
  return {
    get: async <T>(path: string, query: Readonly<Record<string, string>> = {}) => {
      const search = new URLSearchParams(query).toString();
      return (await call('GET', search === '' ? path : `${path}?${search}`)) as T;
    },
    send: async <T>(method: string, path: string, body?: unknown) => (await call(method, path, body)) as T,
  };
}

/** A redirect to a sign-in page is a refusal too. */
function statusOf({ status }: Response): number {
  return status < 400 ? 401 : status;
}
