import type { Env } from '../system/env.ts';
import {
  type ChildEnvironment,
  makeChildEnvironment,
  sameName,
} from '../system/process/child-environment.ts';
import type { Adapter } from './adapters/adapter.ts';

/** Providers' variables that would send any agent past the gateway. */
const PROVIDER_KEYS =
  /^((ANTHROPIC|OPENAI|GEMINI|GOOGLE)_(API_KEY|AUTH_TOKEN|BASE_URL|API_BASE|MODEL)|GOOGLE_(GEMINI|VERTEX)_BASE_URL|GOOGLE_GENAI_\w+)$/;
const LOCAL = ['127.0.0.1', 'localhost'];

export interface AgentEnvironmentOptions {
  readonly env: Env;
  readonly platform: NodeJS.Platform;
  readonly adapter: Pick<Adapter, 'bypasses'>;
  /** Variables from the adapter that point the agent at the gateway. */
  readonly feed: Readonly<Record<string, string>>;
  /** Variables that hold one of codemie's secrets. */
  readonly secrets: readonly string[];
}

/**
 * The environment of an agent: the user's, without codemie's secrets and without variables that would send it past
 * the gateway, plus the adapter's own. Loopback is exempt from every proxy; otherwise agents would send the gateway's
 * key through it.
 *
 * @returns the environment, and the removed names for the debug log.
 */
export function agentEnvironment({ env, platform, adapter, feed, secrets }: AgentEnvironmentOptions): {
  readonly env: ChildEnvironment;
  readonly removed: readonly string[];
} {
  const isExemption = (name: string): boolean => ['NO_PROXY', 'no_proxy'].includes(sameName(name, platform));
  const exempt = exemptions(
    ...Object.keys(env)
      .filter(isExemption)
      .sort()
      .reverse()
      .map((name) => env[name]),
  );
  return makeChildEnvironment({
    env,
    platform,
    secrets,
    drops: (name) => adapter.bypasses.test(name) || PROVIDER_KEYS.test(name),
    added: { NO_PROXY: exempt, no_proxy: exempt, ...feed },
  });
}

/** @returns a NO_PROXY value: loopback plus everything the given values exempt. */
export function exemptions(...values: readonly (string | undefined)[]): string {
  return [...new Set([...LOCAL, ...values.flatMap(list)])].join(',');
}

function list(text: string | undefined): string[] {
  return (text ?? '').split(/[\s,]+/).filter((entry) => entry !== '');
}
