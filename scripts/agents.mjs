// Installs coding agents for the demo, the tests and the benchmark from npm on demand, into a cache folder.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installFromNpm, lastLine } from './npm-cache.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** The versions that the adapters were tested with. */
const AGENTS = {
  claude: { package: '@anthropic-ai/claude-code', version: '2.1.330', bin: 'claude' },
  opencode: { package: 'opencode-ai', version: '1.18.33', bin: 'opencode' },
  codex: { package: '@openai/codex', version: '0.169.0', bin: 'codex' },
  gemini: { package: '@google/gemini-cli', version: '0.61.0', bin: 'gemini' },
};

/**
 * @param {'claude' | 'opencode' | 'codex' | 'gemini'} name
 * @param {(line: string) => void} say
 * @returns {{ bin: string, folder: string } | { reason: string }} the program and the folder to put on PATH
 */
export function installAgent(name, say = () => undefined) {
  const agent = AGENTS[name];
  const cache = process.env.CODEMIE_AGENT_CACHE ?? join(root, '.cache', 'agents');
  const installed = installFromNpm(
    {
      name: `${agent.bin}-${agent.version}`,
      packages: [`${agent.package}@${agent.version}`],
      cache,
      runsScripts: true,
    },
    say,
  );
  if ('reason' in installed) return installed;
  const folder = join(installed.folder, 'node_modules', '.bin');
  const bin = join(folder, agent.bin);
  const probe = spawnSync(bin, ['--version'], { encoding: 'utf8', timeout: 60_000 });
  if (probe.status !== 0) return { reason: `it does not start here: ${lastLine(probe.stderr)}` };
  return { bin, folder };
}
