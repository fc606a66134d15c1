/** A conversation, independent of the API it came in through. */
export interface Conversation {
  /** The system prompt; agents state their working directory there. */
  readonly system: string;
  /** The user's prompts, newest last, without the agent's reminders. */
  readonly prompts: readonly string[];
  /** Results of the tool calls since the last prompt, in order. */
  readonly results: readonly string[];
  readonly tools: readonly Tool[];
}

export interface Tool {
  readonly name: string;
  /** JSON Schema of the arguments. */
  readonly schema: Readonly<Record<string, unknown>>;
}

export interface Reply {
  readonly text: string;
  readonly call?: { readonly tool: string; readonly input: Record<string, unknown> };
  /** How long to stream the text, in milliseconds. */
  readonly overMs: number;
}

const READ_TOOLS = /^(read|read_file|view|readfile)$/i;
const SHELL_TOOLS = /^(bash|shell|exec_command|run_shell_command|local_shell)$/i;

/** The answer of the sandbox's model: deterministic, and enough for real agents to finish a task with tool calls. */
export function think(conversation: Conversation): Reply {
  const prompt = conversation.prompts.at(-1) ?? '';
  const steps = /take (\d+) ?s(?:econds)? in (\d+) steps/i.exec(prompt);
  if (steps !== null) return stepwise(conversation, Number(steps[1]), Number(steps[2]));
  const pause = /(?:wait|stream for) (\d+) ?s(?:econds)?/i.exec(prompt);
  if (pause !== null) {
    const seconds = Math.min(Number(pause[1]), 120);
    return { text: `Sandbox answer after ${seconds} seconds of thought.`, overMs: seconds * 1000 };
  }
  if (conversation.results.length > 0) {
    const line = firstLine(conversation.results.at(-1) ?? '');
    return { text: `The first line is: ${line}`, overMs: 0 };
  }
  const named = namedTool(conversation, prompt);
  if (named !== undefined) return { text: '', call: { tool: named.name, input: {} }, overMs: 0 };
  const file = fileIn(prompt);
  const call = file === undefined ? undefined : readCall(conversation, file);
  if (call !== undefined) return { text: '', call, overMs: 0 };
  return { text: `Sandbox answer: ${prompt.slice(0, 200)}`, overMs: 0 };
}

/** A long task: the agent's shell sleeps between model calls, so the run uses the credential repeatedly. */
function stepwise(conversation: Conversation, seconds: number, count: number): Reply {
  const done = conversation.results.length;
  const tool = conversation.tools.find((entry) => SHELL_TOOLS.test(entry.name));
  if (done >= count || tool === undefined) return { text: `Done after ${done} steps.`, overMs: 0 };
  const command = `sleep ${Math.max(1, Math.round(Math.min(seconds, 120) / count))}; echo step ${done + 1}`;
  return { text: '', call: { tool: tool.name, input: argumentsFor(tool, 'command', command) }, overMs: 0 };
}

/** "Call the tool whoami": agents put the server's name before the tools of an MCP server. */
function namedTool({ tools }: Conversation, prompt: string): Tool | undefined {
  const name = /call the tool (\w+)/i.exec(prompt)?.[1];
  return name === undefined ? undefined : tools.find((tool) => tool.name.split(/__|\./).at(-1) === name);
}

function fileIn(prompt: string): string | undefined {
  if (!/\b(read|open|first line)\b/i.test(prompt)) return undefined;
  return /(?:^|[\s"'`])((?:[\w.-]*\/)*[\w.-]+\.[A-Za-z0-9]{1,6})\b/.exec(prompt)?.[1];
}

function readCall(conversation: Conversation, file: string): Reply['call'] {
  const tool = conversation.tools.find((entry) => READ_TOOLS.test(entry.name));
  if (tool !== undefined)
    return { tool: tool.name, input: argumentsFor(tool, 'path', absolute(file, conversation)) };
  const shell = conversation.tools.find((entry) => SHELL_TOOLS.test(entry.name));
  return shell === undefined
    ? undefined
    : { tool: shell.name, input: argumentsFor(shell, 'command', `head -n 1 ${file}`) };
}

/**
 * Fills the matching parameter (`file_path`, `filePath`, `command` …), and every other required one with a
 * placeholder.
 */
function argumentsFor(tool: Tool, meant: 'path' | 'command', value: string): Record<string, unknown> {
  const properties = (tool.schema['properties'] ?? {}) as Record<string, { type?: unknown }>;
  const required = (Array.isArray(tool.schema['required']) ? tool.schema['required'] : []) as string[];
  const names = [...required, ...Object.keys(properties)];
  const pattern = meant === 'path' ? /path|file/i : /^(command|cmd|script)$/i;
  const target = names.find((name) => pattern.test(name)) ?? names[0] ?? meant;
  const input: Record<string, unknown> = {};
  for (const name of required)
    if (name !== target) input[name] = properties[name]?.type === 'string' ? 'sandbox step' : 1;
  input[target] = properties[target]?.type === 'array' ? ['bash', '-lc', value] : value;
  return input;
}

function absolute(file: string, conversation: Conversation): string {
  if (file.startsWith('/')) return file;
  const text = `${conversation.system}\n${conversation.prompts.join('\n')}`;
  const folder =
    /(?:working directory|cwd|Workspace Directories:\**\s*\n\s*-)(?::|=|>)?\s*(\/[^\s<"'`\\]*)/i.exec(
      text,
    )?.[1];
  return folder === undefined ? file : `${folder.replace(/\/$/, '')}/${file}`;
}

/** The first line of a file in the output of an agent's read tool, without tags, line numbers and arrows. */
function firstLine(result: string): string {
  // A shell tool reports its status before the output.
  const printed = /(?:^|\n)Output:\n?([\s\S]*)$/.exec(result)?.[1] ?? result;
  for (const raw of printed.split('\n')) {
    const line = raw.replace(/^\s*\d+\s*[→:|\t]\s?/, '').trim();
    if (line === '' || /^<\/?[\w-]+>$/.test(line) || /^<(path|type)>.*<\/\1>$/.test(line)) continue;
    return line.replace(/^<(?:file|content)>\s*/, '').replace(/^\d+\s*[→:|\t]\s?/, '');
  }
  return '(empty)';
}

/** @returns an approximate token count, good enough for tests: four characters per token. */
export function countTokens(text: string): number {
  return Math.max(1, Math.ceil(text.length / 4));
}

/** Removes the text that agents put around the user's words. */
export function ownWords(text: string): string {
  return text.replace(/<(system-reminder|session_context)>[\s\S]*?<\/\1>/g, '').trim();
}

/** Splits a text into pieces for a stream. */
export function pieces(text: string, count: number): string[] {
  const size = Math.max(1, Math.ceil(text.length / count));
  return text.match(new RegExp(`[\\s\\S]{1,${size}}`, 'g')) ?? [''];
}
