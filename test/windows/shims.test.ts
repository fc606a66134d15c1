import { cpSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, inject, it } from 'vitest';
import { installAgent } from '../../scripts/agents.mjs';
import { ADAPTERS } from '../../src/agents/adapters/table.ts';
import { startCommand } from '../../src/system/process/start-command.ts';
import { NODE, NODE_FOLDER, Windows } from '../support/windows.ts';

const run = inject('windowsRun');

/** What npm calls to write the start scripts of a package. */
const LINK = `const link = require(process.argv[1] + '\\\\node_modules\\\\npm\\\\node_modules\\\\bin-links');
const path = process.argv[2];
link({ path, pkg: require(path + '\\\\package.json'), global: true, top: true }).catch((error) => {
  console.error(error);
  process.exitCode = 1;
});`;

/** What each start script starts, relative to the folder it is in. */
const STARTS = {
  claude: { program: 'node_modules\\@anthropic-ai\\claude-code\\bin\\claude.exe', args: [] },
  opencode: { program: 'node_modules\\opencode-ai\\bin\\opencode.exe', args: [] },
  codex: { program: NODE, args: ['node_modules\\@openai\\codex\\bin\\codex.js'] },
  gemini: { program: NODE, args: ['node_modules\\@google\\gemini-cli\\bundle\\gemini.js'] },
};

const AGENTS = ['claude', 'opencode', 'codex', 'gemini'] as const;

describe.skipIf(run.missing !== undefined)('the start script that npm writes on Windows is resolved', () => {
  it.each(AGENTS)('for %s', async (name) => {
    const { npmPackage = '', program = '' } = ADAPTERS.find((adapter) => adapter.name === name) ?? {};
    const windows = new Windows(run);
    const installed = installAgent(name);
    if ('reason' in installed) throw new Error(installed.reason);
    const folder = `${windows.profile}\\npm`;
    const place = `${folder}\\node_modules\\${npmPackage.replace('/', '\\')}`;
    const from = join(dirname(installed.folder), npmPackage);
    const { bin } = JSON.parse(readFileSync(join(from, 'package.json'), 'utf8'));
    for (const file of ['package.json', ...(Object.values(bin) as string[])]) {
      const to = join(windows.linux(place), file);
      mkdirSync(dirname(to), { recursive: true });
      cpSync(join(from, file), to);
    }
    const linked = await windows.runProgram(NODE, ['-e', LINK, NODE_FOLDER, place]);
    expect(linked.code, linked.stderr).toBe(0);

    const started = startCommand(`${folder}\\${program}.cmd`, ['a "task" & more'], {
      platform: 'win32',
      node: NODE,
      readText: (path) => readFileSync(windows.linux(path), 'utf8'),
    });
    const inFolder = (path: string): string => path.replace(`${folder}\\`, '');
    expect({ program: inFolder(started.program), args: started.args.map(inFolder) }).toEqual({
      ...STARTS[name],
      args: [...STARTS[name].args, 'a "task" & more'],
    });
  });
});
