import type { Exchange } from '../http.ts';
import type { ApiOptions } from '../options.ts';
import type { Account } from './account.ts';
import type { Answer } from './answers.ts';

/** One route of the platform; exactly one of `open` and `signedIn` answers it. */
export interface Route {
  /** Whether the route exists on a platform set up like this one. */
  readonly exists?: (options: ApiOptions) => boolean;
  readonly open?: (exchange: Exchange, options: ApiOptions, parameters: Parameters) => unknown;
  readonly signedIn?: (call: Call, options: ApiOptions) => Answer | Promise<Answer>;
}

/** The parts of a path that match `{…}` in a route, by name. */
export type Parameters = Readonly<Record<string, string>>;

export interface Call extends Exchange {
  readonly account: Account;
  readonly parameters: Parameters;
}

/** Routes by method and path: `GET /v1/projects/{project}`. */
export type Routes = Readonly<Record<string, Route>>;

interface Entry {
  readonly method: string;
  readonly pattern: RegExp;
  readonly route: Route;
}

export type Found =
  | { readonly route: Route; readonly parameters: Parameters }
  | 'no such path'
  | 'another method';

/** @returns a function that finds the route of a request. */
export function createRouter(routes: Routes): (method: string, path: string, options: ApiOptions) => Found {
  const entries = Object.entries(routes).map(([key, route]): Entry => {
    const [method = '', path = ''] = key.split(' ');
    const pattern = path.replaceAll('.', '\\.').replaceAll(/\{(\w+)\}/g, '(?<$1>[^/]+)');
    return { method, pattern: new RegExp(`^${pattern}$`), route };
  });
  return (method, path, options) => {
    const decoded = decode(path);
    const there = entries.filter(
      ({ pattern, route }) => pattern.test(decoded) && route.exists?.(options) !== false,
    );
    const entry = there.find((one) => one.method === method);
    if (entry === undefined) return there.length === 0 ? 'no such path' : 'another method';
    return { route: entry.route, parameters: entry.pattern.exec(decoded)?.groups ?? {} };
  };
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
