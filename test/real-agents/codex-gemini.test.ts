import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { installAgent } from '../../scripts/agents.mjs';
import { elsewhere } from '../support/elsewhere.ts';
import { descendants, isAlive, startedBelow } from '../support/processes.ts';
import { eventsOf, Machine, type Result, root } from '../support/program.ts';
import { RealTerminal } from '../support/tmux.ts';
import { missingTool, skipped } from '../support/tools.ts';

const noTmux = missingTool('tmux', ['tmux']);

const TASK = 'Read the file hello.txt and report its first line';
const LINE = 'an unguessable line: 5f3a';

/** The flags needed besides ours, as a user would write them. */
const AGENTS = [
  {
    name: 'codex',
    trust: [],
    install: installAgent('codex'),
    route: '/v1/responses',
  },
  {
    name: 'gemini',
    trust: ['--trust-workspace'],
    install: installAgent('gemini'),
    route: '/v1beta/models/gemini-3.1-pro:streamGenerateContent',
  },
] as const;

describe.each(AGENTS)('codemie-$name', ({ name, install, route, trust }) => {
  const missing = 'reason' in install ? skipped(`${name}: ${install.reason}`) : undefined;
  let machine: Machine;
  beforeEach(() => {
    machine = new Machine();
    if ('folder' in install) machine.env['PATH'] = `${install.folder}${delimiter}${process.env['PATH']}`;
    writeFileSync(join(machine.work, 'hello.txt'), `${LINE}\nsecond\n`);
  });
  afterEach(() => machine.dispose());
  const bin = `codemie-${name}.js`;

  async function pipeline(...flags: string[]) {
    const sandbox = await machine.sandbox('--auto-approve', 'ada', ...flags);
    const token = (await machine.run(['sandbox', 'token', '--user', 'ada', '--ttl', '8h'])).stdout.trim();
    const launch = (args: readonly string[], env: Record<string, string | undefined> = {}): Promise<Result> =>
      machine.run(args, { bin, env: { CODEMIE_JWT_TOKEN: token, CODEMIE_URL: sandbox.url, ...env } });
    return { ...sandbox, token, launch };
  }

  it.skipIf(missing !== undefined)(
    'finishes a task with a tool call, only through the gateway, despite a proxy and settings that lead elsewhere',
    async () => {
      const { launch, controlUrl, token } = await pipeline();
      const { address, visitors } = await elsewhere();
      for (const place of [machine.folder, machine.work]) {
        mkdirSync(join(place, '.codex'), { recursive: true });
        writeFileSync(
          join(place, '.codex', 'config.toml'),
          `model_provider = "theirs"\nmodel = "their-model"\n[model_providers.theirs]\nname = "theirs"\nbase_url = "${address}/v1"\n[model_providers.codemie]\nname = "x"\nbase_url = "${address}/v1"\n`,
        );
        mkdirSync(join(place, '.gemini'), { recursive: true });
        writeFileSync(
          join(place, '.gemini', 'settings.json'),
          JSON.stringify({
            security: { auth: { selectedType: 'vertex-ai' } },
            model: { name: 'their-model' },
          }),
        );
        writeFileSync(
          join(place, '.gemini', '.env'),
          `GOOGLE_GEMINI_BASE_URL=${address}\nGOOGLE_VERTEX_BASE_URL=${address}\nCODE_ASSIST_ENDPOINT=${address}\nGOOGLE_GENAI_USE_VERTEXAI=true\nGOOGLE_API_KEY=theirs\nHTTPS_PROXY=${address}\n`,
        );
      }
      const result = await launch([...trust, '--task', TASK], {
        HTTP_PROXY: address,
        HTTPS_PROXY: address,
        ALL_PROXY: address,
      });
      expect(visitors).toEqual([]);
      // A repository that chooses another sign-in method can stop a run, but cannot send it elsewhere.
      if (name === 'codex')
        expect([result.code, result.stdout], result.stderr).toEqual([0, expect.stringContaining(LINE)]);
      const model = (await eventsOf(controlUrl)).filter(({ kind }) => kind === 'model');
      expect(model.filter((event) => event.route !== route)).toEqual([]);
      expect(result.stdout + result.stderr).not.toContain(token);
    },
  );

  it.skipIf(missing !== undefined)(
    'finishes a task from only a token, and the run leaves nothing behind',
    async () => {
      const { launch, controlUrl } = await pipeline();
      const result = await launch([...trust, '--task', TASK]);
      expect([result.code, result.stdout], result.stderr).toEqual([0, expect.stringContaining(LINE)]);
      const events = (await eventsOf(controlUrl)).filter(({ kind }) => kind === 'model');
      expect(events.map((event) => [event.route, event.status])).toEqual([
        [route, 200],
        [route, 200],
      ]);
      expect(readdirSync(machine.folder).filter((entry) => /^codemie-\d+-\w{6}$/.test(entry))).toEqual([]);
      // Not a repository for Codex.
      mkdirSync(join(machine.work, '.git'));
      const quiet = await launch([...trust, '--task', TASK, '--silent']);
      expect(quiet.code, quiet.stderr).toBe(0);
      expect(quiet.stderr).not.toContain('codemie:');
    },
  );

  it.skipIf((missing ?? noTmux) !== undefined || name !== 'codex')(
    'at a terminal, piped input may take its time',
    async () => {
      const { token, url } = await pipeline();
      Object.assign(machine.env, { CODEMIE_JWT_TOKEN: token, CODEMIE_URL: url, CI: undefined });
      const terminal = new RealTerminal(machine);
      try {
        const command = `${process.execPath} ${join(root, 'bin', bin)} --task 'say the words'`;
        terminal.type(`(sleep 3; echo piped 4$((1+1))) | ${command}; echo ended $((40+2))`);
        await terminal.shows('waiting for piped input');
        await terminal.shows(/Sandbox answer: [\s\S]*piped 42/, 60);
        await terminal.shows('ended 42');
        expect(terminal.screen).not.toContain('without it');
      } finally {
        terminal.close();
      }
    },
  );

  it.skipIf(missing !== undefined)('does not wait for a silent open pipe', async () => {
    const { token, url } = await pipeline();
    const env = { CODEMIE_JWT_TOKEN: token, CODEMIE_URL: url };
    const child = machine.start([...trust, '--task', TASK], { bin, env, input: { open: true } });
    const result = await machine.collect(child);
    expect([result.code, result.stdout], result.stderr).toEqual([0, expect.stringContaining(LINE)]);
    const piped = await machine.run([...trust, '--task', 'say what is piped'], {
      bin,
      env,
      input: 'piped words\n',
    });
    expect(piped.code, piped.stderr).toBe(0);
  });

  it.skipIf(missing !== undefined || name !== 'gemini')(
    'what it stores for later reaches the user’s folder, even when the launcher was killed',
    async () => {
      const { launch, token, url } = await pipeline();
      const own = join(machine.folder, '.gemini');
      const read = (...path: string[]): unknown => JSON.parse(readFileSync(join(own, ...path), 'utf8'));
      const settings = { ui: { hideTips: true }, security: { auth: { selectedType: 'oauth-personal' } } };
      mkdirSync(own);
      writeFileSync(join(own, 'settings.json'), JSON.stringify(settings));
      const added = await launch(['mcp', 'add', '-s', 'user', 'srv', 'node', 'server.js']);
      expect(added.code, added.stderr).toBe(0);
      const expected = { ...settings, mcpServers: { srv: { command: 'node', args: ['server.js'] } } };
      expect(read('settings.json')).toEqual(expected);
      // The next run sees it, too.
      const listed = await launch(['mcp', 'list']);
      expect(listed.stdout + listed.stderr).toContain('srv');

      const extension = join(machine.work, 'ext');
      mkdirSync(extension);
      writeFileSync(join(extension, 'gemini-extension.json'), '{"name":"mine","version":"1.0.0"}');
      const child = machine.start(['extensions', 'install', '--consent', extension], {
        bin,
        env: { CODEMIE_JWT_TOKEN: token, CODEMIE_URL: url },
        input: 'y\n',
      });
      expect((await machine.collect(child)).code).toBe(0);
      expect(existsSync(join(own, 'extensions', 'mine', 'gemini-extension.json'))).toBe(true);
      expect(JSON.stringify(read('extensions', 'extension-enablement.json'))).not.toContain('agent-homes');

      const run = machine.start([...trust, '--yolo', '--task', 'take 60 s in 60 steps'], {
        bin,
        env: { CODEMIE_JWT_TOKEN: token, CODEMIE_URL: url },
      });
      const done = machine.collect(run);
      const homes = join(machine.home, 'agent-homes');
      const home = await vi.waitUntil(
        () => readdirSync(homes).find((entry) => entry.startsWith('run-')),
        20_000,
      );
      await startedBelow(run.pid ?? 0, 'sleep 1');
      const tools = descendants(run.pid ?? 0);
      writeFileSync(join(homes, home, '.gemini', 'mcp-oauth-tokens.json'), '[]', { mode: 0o600 });
      run.kill('SIGKILL');
      await done;
      await vi.waitUntil(() => tools.filter(isAlive).length === 0, 10_000);
      expect((await launch(['mcp', 'list'])).code).toBe(0);
      expect(read('mcp-oauth-tokens.json')).toEqual([]);
      expect(readdirSync(homes)).toEqual([]);
      expect(read('settings.json')).toEqual(expected);
      for (const [path, text] of machine.files()) {
        if (path.startsWith(own)) expect(text, path).not.toMatch(/codemie-[\w-]{43}/);
      }
    },
  );

  it.skipIf(missing !== undefined || name !== 'gemini')(
    'concurrent runs keep all their data, even if a launcher was killed',
    async () => {
      const { launch, token, url } = await pipeline();
      const own = join(machine.folder, '.gemini');
      const homes = join(machine.home, 'agent-homes');
      const read = (path: string) => JSON.parse(readFileSync(join(own, path), 'utf8'));
      mkdirSync(own);
      writeFileSync(join(own, 'settings.json'), JSON.stringify({ mcpServers: { before: { command: 'x' } } }));
      const add = (server: string): string[] => ['mcp', 'add', '-s', 'user', server, 'node', `${server}.js`];
      const env = { CODEMIE_JWT_TOKEN: token, CODEMIE_URL: url };
      // Two projects with the same name: each needs its own place among the sessions.
      const projects = ['x', 'y'].map((folder) => join(machine.folder, folder, 'app'));
      for (const folder of projects) mkdirSync(folder, { recursive: true });
      const together = await Promise.all([
        launch(add('one')),
        launch(add('two')),
        ...projects.map((cwd) => machine.run([...trust, '--task', 'say words'], { bin, cwd, env })),
      ]);
      expect(together.map(({ code, stderr }) => (code === 0 ? 0 : stderr))).toEqual([0, 0, 0, 0]);
      expect(Object.keys(read('settings.json').mcpServers)).toEqual(
        expect.arrayContaining(['before', 'one', 'two']),
      );
      const places: Record<string, string> = read('projects.json').projects;
      expect(new Set(projects.map((folder) => places[folder]))).toEqual(new Set(['app', 'app-1']));
      for (const place of ['app', 'app-1'])
        expect(readdirSync(join(own, 'tmp', place, 'chats')), place).toHaveLength(1);

      const killed = machine.start(add('killed'), { bin, env });
      const done = machine.collect(killed);
      const beside = launch(add('beside'));
      const names = (...path: string[]): boolean => {
        const file = join(...path, 'settings.json');
        return existsSync(file) && readFileSync(file, 'utf8').includes('killed.js');
      };
      // On a slow machine the merge may already be done.
      const hasWritten = (): boolean =>
        names(own) || readdirSync(homes).some((home) => names(homes, home, '.gemini'));
      await vi.waitUntil(hasWritten, { timeout: 30_000, interval: 5 });
      killed.kill('SIGKILL');
      await Promise.all([done, beside]);
      expect((await launch(add('third'))).code).toBe(0);
      expect(Object.keys(read('settings.json').mcpServers).sort()).toEqual(
        ['before', 'beside', 'killed', 'one', 'third', 'two'].sort(),
      );
      expect(readdirSync(homes)).toEqual([]);
    },
  );
});
