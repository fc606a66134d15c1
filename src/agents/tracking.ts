import { readFileSync, statSync } from 'node:fs';

/** Summary of an agent session: counts and tool names. Never a prompt, an answer or file content. */
export interface SessionSummary {
  readonly prompts: number;
  readonly tools: Readonly<Record<string, number>>;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** The model that answered last. */
  readonly model?: string;
}

export interface Tracker {
  /** Records one event from the agent's hooks. */
  take(event: Readonly<Record<string, unknown>>): void;
  /** The agent's own ID of the conversation; undefined when it reported none. */
  conversation(): string | undefined;
  /** @returns undefined when the agent reported nothing. */
  summary(): SessionSummary | undefined;
}

const LARGEST_TRANSCRIPT = 64 * 1_048_576;
const MOST_TOOLS = 64;

/**
 * Counts the events of Claude Code's hooks (hook_event_name, tool_name, transcript_path; Claude Code hooks
 * reference).
 */
export function createTracker(): Tracker {
  let prompts = 0;
  let events = 0;
  let transcript: string | undefined;
  let conversation: string | undefined;
  const tools = new Map<string, number>();
  return {
    take: (event) => {
      events += 1;
      const { hook_event_name: name, tool_name: tool, transcript_path: path } = event;
      if (typeof path === 'string') transcript = path;
      // The command that resumes it is printed: only what needs no quotes.
      const { session_id: id } = event;
      if (name === 'UserPromptSubmit' && typeof id === 'string' && /^[\w-]{1,80}$/.test(id))
        conversation = id;
      if (name === 'UserPromptSubmit') prompts += 1;
      if (name === 'PostToolUse' && typeof tool === 'string' && /^[\w.-]{1,80}$/.test(tool)) {
        if (tools.has(tool) || tools.size < MOST_TOOLS) tools.set(tool, (tools.get(tool) ?? 0) + 1);
      }
    },
    conversation: () => conversation,
    summary: () =>
      events === 0 ? undefined : { prompts, tools: Object.fromEntries(tools), ...tokensIn(transcript) },
  };
}

/**
 * Sums the token usage of every answer in a transcript (JSON lines). An answer that spans several lines counts once.
 */
export function tokensIn(
  path: string | undefined,
): Pick<SessionSummary, 'inputTokens' | 'outputTokens' | 'model'> {
  let answering: string | undefined;
  const usages = new Map<string, { input: number; output: number }>();
  for (const line of linesOf(path)) {
    const { message } = parse(line);
    if (typeof message !== 'object' || message === null) continue;
    const { id, usage, model } = message as { id?: unknown; usage?: unknown; model?: unknown };
    // Skips the agent's own placeholders, which are in angle brackets.
    if (typeof model === 'string' && /^[\w.:/@-]{1,200}$/.test(model)) answering = model;
    if (typeof id !== 'string' || typeof usage !== 'object' || usage === null) continue;
    const of = (name: string): number => {
      const value = (usage as Record<string, unknown>)[name];
      return typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : 0;
    };
    const input = of('input_tokens') + of('cache_creation_input_tokens') + of('cache_read_input_tokens');
    usages.set(id, { input, output: of('output_tokens') });
  }
  let inputTokens = 0;
  let outputTokens = 0;
  for (const { input, output } of usages.values()) {
    inputTokens += input;
    outputTokens += output;
  }
  return { inputTokens, outputTokens, ...(answering === undefined ? {} : { model: answering }) };
}

function linesOf(path: string | undefined): readonly string[] {
  if (path === undefined) return [];
  try {
    const stat = statSync(path);
    return stat.isFile() && stat.size <= LARGEST_TRANSCRIPT ? readFileSync(path, 'utf8').split('\n') : [];
  } catch {
    return [];
  }
}

function parse(line: string): { readonly message?: unknown } {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}
