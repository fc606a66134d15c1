import type { Context } from '../context.ts';
import type { Access } from '../credentials/access.ts';
import { authorizationHeaders } from '../credentials/credential.ts';
import { messageOf } from '../system/errors.ts';
import { CLIENT_VERSION } from './client-version.ts';
import { endpointOf } from './endpoint.ts';

const LIMIT_MS = 2000;
/** The platform counts calls by how often a tool is named; a list longer than this says no more. */
const MOST_TOOL_CALLS = 1000;

/** What a session of an agent amounted to. */
export interface SessionFacts {
  readonly agent: string;
  /** As `X-CodeMie-Client` says it. */
  readonly client: string;
  readonly sessionId: string;
  readonly project?: string | undefined;
  /** `owner/name`, or the working folder's name. */
  readonly repository: string;
  /** Empty outside a repository. */
  readonly branch: string;
  readonly model?: string | undefined;
  readonly prompts: number;
  /** How often each tool was called. */
  readonly tools: Readonly<Record<string, number>>;
  readonly status: 'completed' | 'failed' | 'interrupted';
  /** ms */
  readonly duration: number;
}

export interface Metric {
  readonly name: string;
  /** No objects in there: the platform drops what has one. */
  readonly attributes: Readonly<Record<string, string | number | boolean | readonly string[]>>;
}

/** The metrics that the platform's analytics read of a session, under their names there (2.42). */
export function sessionMetrics(facts: SessionFacts): readonly Metric[] {
  const { agent, client, sessionId, project, repository, branch, model, prompts, tools } = facts;
  const about = {
    agent,
    agent_version: CLIENT_VERSION.replace(/^.*\//, ''),
    codemie_client: client,
    session_id: sessionId,
    ...(project === undefined ? {} : { project }),
    repository,
    branch,
    llm_model: model ?? 'unknown',
    session_duration_ms: facts.duration,
    had_errors: facts.status === 'failed',
    count: 1,
    schema_version: 2,
  };
  const calls = Object.entries(tools).flatMap(([name, count]) =>
    Array<string>(Math.min(count, MOST_TOOL_CALLS)).fill(name),
  );
  const total = Object.values(tools).reduce((sum, count) => sum + count, 0);
  return [
    { name: 'codemie_cli_session_total', attributes: { ...about, status: facts.status } },
    {
      name: 'codemie_cli_tool_usage_total',
      attributes: {
        ...about,
        total_user_prompts: prompts,
        total_tool_calls: total,
        tool_names: calls.slice(0, MOST_TOOL_CALLS),
      },
    },
  ];
}

/**
 * Tells the platform what a session amounted to (`POST /v1/metrics`). Only where the person agreed; a platform that refuses
 * it does not bother them.
 */
export async function sendMetrics(context: Context, access: Access, facts: SessionFacts): Promise<void> {
  if (access.selection.keyProvider !== undefined) return;
  try {
    const headers = {
      'content-type': 'application/json',
      accept: 'application/json',
      'x-codemie-cli': CLIENT_VERSION,
      // Without it the platform takes a metric for one of its web page, and renames it.
      'x-codemie-client': facts.client,
      ...authorizationHeaders(await access.fresh()),
    };
    const send = (metric: Metric) =>
      context.http({
        url: `${endpointOf(access)}/v1/metrics`,
        method: 'POST',
        headers,
        body: JSON.stringify(metric),
        timeoutMs: LIMIT_MS,
        signal: context.signal,
      });
    const answers = await Promise.all(sessionMetrics(facts).map(send));
    context.log.debug('metrics sent', { status: answers.map(({ status }) => status).join(', ') });
  } catch (error) {
    context.log.debug('metrics not sent', { reason: messageOf(error) });
  }
}
