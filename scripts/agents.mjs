// Installs coding agents for the demo, the tests and the benchmark from npm on demand, into a cache folder.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

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
  const prefix = join(cache, `${agent.bin}-${agent.version}`);
  const folder = join(prefix, 'node_modules', '.bin');
  const bin = join(folder, agent.bin);
  if (!existsSync(bin)) {
    say(`installing ${agent.package}@${agent.version} from npm into ${prefix} (once)`);
    // Installs into a temporary folder first, so that others never see half an installation.
    const making = `${prefix}.${process.pid}`;
    mkdirSync(making, { recursive: true });
    const result = spawnSync(
      'npm',
      [
        'install',
        '--prefix',
        making,
        '--no-audit',
        '--no-fund',
        '--no-save',
        '--loglevel=error',
        `${agent.package}@${agent.version}`,
      ],
      { encoding: 'utf8', cwd: making, timeout: 240_000 },
    );
    if (result.status !== 0) {
      rmSync(making, { recursive: true, force: true });
      return { reason: `npm could not install it: ${lastLine(result.stderr)}` };
    }
    try {
      renameSync(making, prefix);
    } catch (error) {
      // Another process was faster.
      rmSync(making, { recursive: true, force: true });
      if (!existsSync(bin)) return { reason: `it could not be put in place: ${error.message}` };
    }
  }
  const probe = spawnSync(bin, ['--version'], { encoding: 'utf8', timeout: 60_000 });
  if (probe.status !== 0) return { reason: `it does not start here: ${lastLine(probe.stderr)}` };
  return { bin, folder };
}

function lastLine(text) {
  return (text ?? '').trim().split('\n').at(-1) ?? '';
}
