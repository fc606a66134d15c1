import { VARIABLES } from '../config/environment.ts';
import type { Adapter } from './adapter.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** Providers' variables that would lead any agent past the gateway. */
const PROVIDER_KEYS =
  /^((ANTHROPIC|OPENAI|GEMINI|GOOGLE)_(API_KEY|AUTH_TOKEN|BASE_URL|API_BASE|MODEL)|GOOGLE_(GEMINI|VERTEX)_BASE_URL|GOOGLE_GENAI_\w+)$/;
/** Whoever holds these can have the pipeline's identity vouched for to anybody. */
const PIPELINE = ['ACTIONS_ID_TOKEN_REQUEST_TOKEN', 'BUILDKITE_AGENT_ACCESS_TOKEN'];
const LOCAL = ['127.0.0.1', 'localhost'];

export interface ChildEnvironment {
  readonly env: Readonly<Record<string, string>>;
  /** Names taken away, for the debug log. */
  readonly removed: readonly string[];
}

/**
 * The environment of an agent: the person's, without our secrets and without what would lead past the gateway, plus
 * what feeds the agent. Loopback is kept off any proxy, which agents would otherwise send the gateway's key through.
 *
 * @param tokenVariable the profile's own variable for a token.
 */
export function childEnvironment(
  env: Env,
  adapter: Adapter,
  feed: Readonly<Record<string, string>>,
  tokenVariable: string | undefined,
): ChildEnvironment {
  const secrets = new Set(
    VARIABLES.filter((variable) => variable.sensitive).map((variable) => variable.name),
  );
  for (const name of PIPELINE) secrets.add(name);
  if (tokenVariable !== undefined) secrets.add(tokenVariable);
  const kept: Record<string, string> = {};
  const removed: string[] = [];
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined) continue;
    if (secrets.has(name) || adapter.bypasses.test(name) || PROVIDER_KEYS.test(name)) removed.push(name);
    else kept[name] = value;
  }
  const exempt = exemptions(env['no_proxy'], env['NO_PROXY']);
  return { env: { ...kept, NO_PROXY: exempt, no_proxy: exempt, ...feed }, removed };
}

/** @returns a NO_PROXY value: loopback, and everything the given values exempt. */
export function exemptions(...values: readonly (string | undefined)[]): string {
  return [...new Set([...LOCAL, ...values.flatMap(list)])].join(',');
}

function list(text: string | undefined): string[] {
  return (text ?? '').split(/[\s,]+/).filter((entry) => entry !== '');
}
