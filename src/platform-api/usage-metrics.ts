import type { Context } from '../context.ts';
import type { Access } from '../credentials/access.ts';
import { authorizationHeaders } from '../credentials/credential.ts';
import { messageOf } from '../system/errors.ts';
import { CLIENT_VERSION } from './client-version.ts';
import { endpointOf } from './endpoint.ts';

const TIMEOUT_MS = 2000;
/** The metric repeats a tool's name once per call. A longer list adds no information. */
const MAX_TOOL_CALLS = 1000;

/** Summary of an agent session. */
export interface SessionFacts {
  readonly agent: string;
  /** The value of `X-CodeMie-Client`. */
  readonly client: string;
  readonly sessionId: string;
  readonly project?: string | undefined;
  /** `owner/name`, or the name of the working folder. */
  readonly repository: string;
  /** Empty outside a repository. */
  readonly branch: string;
  readonly model?: string | undefined;
  readonly prompts: number;
  /** Number of calls by tool name. */
  readonly tools: Readonly<Record<string, number>>;
  readonly status: 'completed' | 'failed' | 'interrupted';
  /** ms */
  readonly duration: number;
}

export interface Metric {
  readonly name: string;
  /** No nested objects: the platform drops metrics that have one. */
  readonly attributes: Readonly<Record<string, string | number | boolean | readonly string[]>>;
}

/** @returns the session metrics that the platform's analytics read, under the platform's names (2.42). */
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
    Array<string>(Math.min(count, MAX_TOOL_CALLS)).fill(name),
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
        tool_names: calls.slice(0, MAX_TOOL_CALLS),
      },
    },
  ];
}

/**
 * Sends the metrics of a session to the platform (`POST /v1/metrics`). Call this only if the user agreed. Errors are logged
 * and otherwise ignored.
 */
export async function sendMetrics(context: Context, access: Access, facts: SessionFacts): Promise<void> {
  if (access.selection.keyProvider !== undefined) return;
  try {
    const headers = {
      'content-type': 'application/json',
      accept: 'application/json',
      'x-codemie-cli': CLIENT_VERSION,
      // Without this header, the platform treats the metric as one of its web interface and renames it.
      'x-codemie-client': facts.client,
      ...authorizationHeaders(await access.fresh()),
    };
    const send = (metric: Metric) =>
      context.http({
        url: `${endpointOf(access)}/v1/metrics`,
        method: 'POST',
        headers,
        body: JSON.stringify(metric),
        timeoutMs: TIMEOUT_MS,
        signal: context.signal,
      });
    const answers = await Promise.all(sessionMetrics(facts).map(send));
    context.log.debug('metrics sent', { status: answers.map(({ status }) => status).join(', ') });
  } catch (error) {
    context.log.debug('metrics not sent', { reason: messageOf(error) });
  }
}
