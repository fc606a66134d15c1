import type { StoreName } from '../../secrets/store.ts';
import type { Env } from '../../system/env.ts';
import { Secret } from '../../system/secret.ts';

export const DEFAULT_TOKEN_VARIABLE = 'CODEMIE_JWT_TOKEN';
export const KEY_VARIABLE = 'CODEMIE_API_KEY';

/** @returns the variables that may hold a token: the profile's own first, then the default one. */
export function tokenVariables(own: string | undefined): readonly string[] {
  return [...new Set([own ?? DEFAULT_TOKEN_VARIABLE, DEFAULT_TOKEN_VARIABLE])];
}

export interface TokenFlag {
  /** How you passed it: `--jwt-token`, or the variable you named at a prompt. */
  readonly flag: string;
  readonly value: Secret;
  /** Reads the file again, which may hold a newer token by now. */
  readonly again?: () => Promise<Secret>;
}

/** All possible sources of a credential, already read, so that the resolver has no side effects. */
export interface Sources {
  readonly flag: TokenFlag | undefined;
  readonly env: Env;
  /** Names of the variables to check, in order of precedence. */
  readonly variables: readonly string[];
  /** Where the profile's credential is stored. */
  readonly store: { readonly store: StoreName; readonly id: string } | undefined;
}

export type Chosen =
  | { readonly source: 'flag' | 'env'; readonly sourceName: string; readonly token: Secret }
  | { readonly source: 'store'; readonly sourceName: StoreName; readonly id: string }
  | { readonly source: undefined };

export type Resolution = Chosen & {
  /** Sources that also have a credential but did not take precedence. */
  readonly shadowed: readonly string[];
  readonly warnings: readonly string[];
};

/**
 * Decides where the credential comes from: flag, then environment, then store (S42). An empty value counts as missing, with a
 * warning, and the next source is tried.
 */
export function resolve(sources: Sources): Resolution {
  const warnings: string[] = [];
  const candidates: Chosen[] = [];
  const { flag, env, variables, store } = sources;
  const isMissing = (text: string, name: string): boolean => {
    if (text.trim() !== '') return false;
    warnings.push(`${name} is empty. Is the CI secret set?`);
    return true;
  };
  if (flag !== undefined && !isMissing(flag.value.reveal(), flag.flag)) {
    candidates.push({ source: 'flag', sourceName: flag.flag, token: flag.value });
  }
  for (const name of variables) {
    const text = env[name];
    if (text === undefined || isMissing(text, name)) continue;
    candidates.push({ source: 'env', sourceName: name, token: new Secret(text) });
  }
  if (store !== undefined) candidates.push({ source: 'store', sourceName: store.store, id: store.id });
  const [first, ...rest] = candidates;
  const shadowed = rest.map((entry) => (entry.source === undefined ? '' : entry.sourceName));
  return { ...(first ?? { source: undefined }), shadowed, warnings };
}
