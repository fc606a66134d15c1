import type { Env } from '../../system/env.ts';
import { type CodemieError, systemCode } from '../../system/errors.ts';
import type { DestinationGuard } from '../guard/destination.ts';
import { lookupOf } from '../guard/judge.ts';
import { proxyFor } from '../proxy.ts';
import type { Roots } from '../roots.ts';
import { reasonOf, unreachable } from '../unreachable.ts';
import { withIssuer } from '../untrusted.ts';

export interface NoAnswerOptions {
  readonly env: Env;
  readonly ca: Roots;
  /** Ends the look at the certificate. */
  readonly signal: AbortSignal;
  readonly guard: DestinationGuard | undefined;
}

/** @returns UNREACHABLE or TLS_UNTRUSTED (5) for a request that an upstream could not send, or got no response to. */
export async function noAnswer(
  error: unknown,
  url: URL,
  { env, ca, signal, guard }: NoAnswerOptions,
): Promise<CodemieError> {
  const proxy = proxyFor(url, env);
  const via = proxy === undefined ? '' : ` through the proxy ${proxy.label}`;
  const failure = unreachable(url, `${reasonOf(error)}${via}`, systemCode(error), error);
  return withIssuer(failure, url, { proxy, ca, signal, lookup: guard && lookupOf(guard, url) });
}
