import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type LaunchInput, PLUGIN_FOLDER } from '../../src/agents/adapters/adapter.ts';
import { claude } from '../../src/agents/adapters/claude.ts';
import { createTracker, tokensIn } from '../../src/agents/tracking.ts';
import { temporaryFolder } from '../support/context.ts';

const SECRET = 'a prompt that must not be kept';

describe('what an agent’s hooks report', () => {
  it('becomes counts and tool names, without prompts, answers or content', () => {
    const path = join(temporaryFolder(), 't.jsonl');
    const usage = {
      input_tokens: 10,
      cache_read_input_tokens: 5,
      cache_creation_input_tokens: 1,
      output_tokens: 7,
    };
    writeFileSync(
      path,
      [
        { message: { role: 'user', content: SECRET } },
        { message: { id: 'm1', usage: { input_tokens: 1, output_tokens: 1 } } },
        { message: { id: 'm1', usage } },
        { message: { id: 'm2', usage: { input_tokens: -4, output_tokens: 'many' } } },
      ]
        .map((line) => JSON.stringify(line))
        .join('\n')
        .concat('\nnot json\n'),
    );
    const tracker = createTracker();
    expect(tracker.summary()).toBeUndefined();
    tracker.take({ hook_event_name: 'UserPromptSubmit', prompt: SECRET, transcript_path: path });
    for (const tool_name of ['Read', 'Read', 'Bash', '../../x y', 7])
      tracker.take({ hook_event_name: 'PostToolUse', tool_name, tool_response: SECRET });
    tracker.take({ hook_event_name: 'Stop', last_assistant_message: SECRET });
    expect(tracker.summary()).toEqual({
      prompts: 1,
      tools: { Read: 2, Bash: 1 },
      inputTokens: 16,
      outputTokens: 7,
    });
    expect(JSON.stringify(tracker.summary())).not.toContain(SECRET);
  });

  it('a transcript that is missing or not a file counts nothing', () => {
    expect(tokensIn('/nowhere/t.jsonl')).toEqual({ inputTokens: 0, outputTokens: 0 });
    expect(tokensIn(temporaryFolder())).toEqual({ inputTokens: 0, outputTokens: 0 });
  });

  it('an agent cannot fill memory with tool names', () => {
    const tracker = createTracker();
    for (let i = 0; i < 1000; i += 1)
      tracker.take({ hook_event_name: 'PostToolUse', tool_name: `tool-${i}` });
    expect(Object.keys(tracker.summary()?.tools ?? {})).toHaveLength(64);
  });
});

it('Claude Code gets its hooks as a plugin for this run, over HTTP only', () => {
  const feed: LaunchInput = {
    gatewayUrl: 'http://127.0.0.1:1',
    key: 'key-of-this-run',
    models: { main: 'm', haiku: 'm', sonnet: 'm', opus: 'm' },
    task: 't',
    rest: [],
    hookUrl: 'http://127.0.0.1:1/hooks/agent',
  };
  const user = {
    env: {},
    cwd: '/',
    userHome: '/h',
    platform: 'linux' as const,
    exists: () => false,
    isFile: () => false,
    namesIn: () => [],
    readFile: () => {
      throw new Error('none');
    },
  };
  const launch = claude.launch(feed, user);
  expect(launch.argv.slice(-2)).toEqual(['--plugin-dir', PLUGIN_FOLDER]);
  const { hooks: given } = (launch.plugin?.['hooks/hooks.json'] ?? {}) as {
    hooks: Record<string, unknown[]>;
  };
  const hooks = Object.values(given);
  expect(hooks).toHaveLength(4);
  for (const [entry] of hooks)
    expect(entry).toEqual({
      hooks: [
        { type: 'http', url: feed.hookUrl, headers: { authorization: 'Bearer key-of-this-run' }, timeout: 1 },
      ],
    });
  expect(claude.launch({ ...feed, hookUrl: undefined }, user).plugin).toBeUndefined();
});
