import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { installFromNpm } from '../../scripts/npm-cache.mjs';
import { lineOf, Machine, root } from '../support/program.ts';
import { missingTool, skipped } from '../support/tools.ts';

/** The newest versions for Node.js 20. */
const PACKAGES = [
  ...['openai@6.49.0', '@anthropic-ai/sdk@1.14.0', '@google/genai@2.32.0', 'ai@6.0.326', 'zod@4.4.3'],
  ...['@ai-sdk/openai@3.0.141', '@ai-sdk/openai-compatible@2.0.92'],
  ...['@ai-sdk/anthropic@3.0.140', '@ai-sdk/google@3.0.141'],
];
const installed = installFromNpm({ name: 'model-clients-1', packages: PACKAGES });
const programs = installFromNpm({
  name: 'client-programs-1',
  packages: ['@qwen-code/qwen-code@0.15.10', '@continuedev/cli@1.5.47'],
});
const missing =
  'reason' in installed ? skipped(`model clients: ${installed.reason}`) : missingTool('jq', ['jq']);

const ANSWER = 'Sandbox answer: hello';
const TOOLS = ['whoami', 'The first line is: Ada'];

describe.skipIf(missing !== undefined)('real clients, with what `codemie gateway start` prints', () => {
  const machine = new Machine();
  /** The lines to copy, by their labels. */
  let lines: Readonly<Record<string, string>> = {};

  beforeAll(async () => {
    const sandbox = await machine.sandbox('--auto-approve', 'ada');
    await machine.signIn(sandbox.url);
    const gateway = machine.start(['gateway', 'start']);
    let said = '';
    gateway.stderr?.on('data', (chunk) => {
      said += chunk;
    });
    await lineOf(gateway, /^Editors take/m);
    lines = Object.fromEntries(
      [...said.matchAll(/^ {2}(Key|OpenAI|Anthropic|Gemini) +(.+)$/gm)].map(([, label = '', line = '']) => [
        label,
        line,
      ]),
    );
    machine.env['PATH'] = machine.withCodemie();
    cpSync(join(root, 'test', 'support', 'clients'), machine.work, { recursive: true });
    if ('folder' in installed)
      symlinkSync(join(installed.folder, 'node_modules'), join(machine.work, 'node_modules'));
  });
  afterAll(() => machine.dispose());

  function inShell(script: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const env = machine.env as NodeJS.ProcessEnv;
      const shell = execFile(
        'sh',
        ['-e', '-c', script],
        { cwd: machine.work, env, timeout: 120_000 },
        (error, stdout, stderr) =>
          error === null ? resolve(stdout) : reject(new Error(`${stdout}${stderr}`)),
      );
      shell.stdin?.end();
    });
  }

  const status = async (): Promise<{ readonly url: string; readonly key: string }> =>
    JSON.parse((await machine.run(['gateway', 'status', '--json'])).stdout);

  /** Runs a program with the key and the line of its API. @returns what it reports. */
  async function run(program: string, line = ''): Promise<unknown> {
    const printed = await inShell(`${lines['Key']}\n${line}\n"${process.execPath}" ${program}`);
    const { url, key } = await status();
    const metrics = async (): Promise<string> =>
      (await fetch(`${url}/metrics`, { headers: { 'x-api-key': key } })).text();
    // Nothing that a client aborted goes on.
    await expect.poll(metrics, { timeout: 5000 }).toContain('codemie_gateway_active_requests 0\n');
    return JSON.parse(printed);
  }

  it('openai: chat, streaming, tools, responses, embeddings, models, errors and abort', async () => {
    expect(await run('openai.mjs', lines['OpenAI'])).toEqual({
      chat: ANSWER,
      streamed: { pieces: 4, text: ANSWER },
      tools: TOOLS,
      responses: ANSWER,
      embeddings: [8, 8],
      models: true,
      model: 'gpt-4.1',
      aborted: ['ended early', true],
      errors: {
        model: { name: 'AuthenticationError', status: 401, message: expect.stringContaining('gpt-none') },
        key: { name: 'AuthenticationError', status: 401, message: expect.stringContaining('gateway key') },
        route: {
          name: 'NotFoundError',
          status: 404,
          message: expect.stringContaining('/v1/images/generations'),
        },
      },
      other: ANSWER,
    });
  });

  it('@anthropic-ai/sdk: chat, streaming, tools, counting, models, errors and abort', async () => {
    expect(await run('anthropic.mjs', lines['Anthropic'])).toEqual({
      chat: ANSWER,
      streamed: { pieces: 4, text: ANSWER, whole: ANSWER },
      tools: TOOLS,
      tokens: expect.any(Number),
      models: true,
      model: 'claude-4-5-sonnet',
      aborted: ['APIUserAbortError', true],
      errors: {
        model: {
          name: 'AuthenticationError',
          status: 401,
          message: expect.stringContaining('claude-none'),
        },
        key: { name: 'AuthenticationError', status: 401, message: expect.stringContaining('gateway key') },
        route: {
          name: 'NotFoundError',
          status: 404,
          message: expect.stringContaining('/v1/messages/batches'),
        },
      },
      other: ANSWER,
    });
  });

  it('@google/genai: chat, streaming, tools, errors and abort', async () => {
    expect(await run('genai.mjs', lines['Gemini'])).toEqual({
      chat: ANSWER,
      streamed: { pieces: 4, text: ANSWER },
      tools: TOOLS,
      tokens: expect.any(Number),
      aborted: ['AbortError', true],
      errors: {
        model: { name: 'ApiError', status: 401, message: expect.stringContaining('gemini-none') },
        key: { name: 'ApiError', status: 401, message: expect.stringContaining('UNAUTHENTICATED') },
        route: { name: 'ApiError', status: 404, message: expect.stringContaining('NOT_FOUND') },
      },
      others: [ANSWER, ANSWER],
    });
  });

  it('ai, with its four providers: chat, streaming, tools, embeddings, errors and abort', async () => {
    const gateway = /=(\S+)/.exec(lines['Gemini'] ?? '')?.[1];
    const each = (message: unknown, result = 'Ada'): unknown => ({
      chat: ANSWER,
      streamed: { pieces: 4, text: ANSWER },
      tools: ['whoami', `The first line is: ${result}`],
      aborted: true,
      error: { name: 'APICallError', status: 401, message },
    });
    const words = expect.stringContaining('Tried to access none');
    expect(await run('ai.mjs', `export KEY GATEWAY=${gateway}`)).toEqual({
      openai: each(words),
      'openai-chat': each(words),
      'openai-compatible': each(words),
      // The server behind the platform describes this error as OpenAI does, which these two do not read.
      anthropic: each('Unauthorized'),
      google: each('Unauthorized', '{"name":"whoami","content":"Ada"}'),
      embeddings: [
        [8, 8],
        [8, 8],
      ],
    });
  });

  it.skipIf('reason' in programs)('qwen-code and Continue, with the settings of the guide', async () => {
    const folder = 'folder' in programs ? join(programs.folder, 'node_modules', '.bin') : '';
    const { url, key } = await status();
    mkdirSync(join(machine.folder, '.qwen'));
    writeFileSync(
      join(machine.folder, '.qwen', 'settings.json'),
      '{"privacy":{"usageStatisticsEnabled":false}}',
    );
    const models = [{ name: 'm', provider: 'openai', model: 'gpt-4.1', apiBase: `${url}/v1`, apiKey: key }];
    // JSON is YAML, too.
    const config = { name: 'c', version: '1.0.0', schema: 'v1', models };
    writeFileSync(join(machine.work, 'config.yaml'), JSON.stringify(config));
    Object.assign(machine.env, {
      // No statistics leave this computer.
      CONTINUE_METRICS_ENABLED: '0',
      ...{ OPENAI_BASE_URL: `${url}/v1`, OPENAI_API_KEY: key, OPENAI_MODEL: 'gpt-4.1' },
    });
    expect(await inShell(`"${folder}/qwen" --auth-type openai -p hello`)).toContain(ANSWER);
    machine.env['HTTPS_PROXY'] = 'http://127.0.0.1:9';
    expect(await inShell(`"${folder}/cn" --config config.yaml -p hello`)).toContain(ANSWER);
  });
});
