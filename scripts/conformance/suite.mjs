// Installs the official MCP conformance suite from npm, and runs its client scenarios against the built proxy.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installFromNpm, lastLine } from '../npm-cache.mjs';

const VERSION = '0.2.0-alpha.12';
/** The suite needs Node.js 22, the proxy does not. */
const NODE = { package: `node-${process.platform}-${process.arch}`, version: '22.23.3' };
const ADAPTER = join(dirname(fileURLToPath(import.meta.url)), 'adapter.mjs');

/** Longest time for one scenario, ms; the adapter ends before. */
const LIMIT_MS = 60_000;

/**
 * @param {(line: string) => void} say
 * @returns {{ node: string, main: string } | { reason: string }} the Node.js to run the suite with, and its program
 */
export function installSuite(say = () => undefined) {
  const ownNode = Number(process.versions.node.split('.')[0]) >= 22;
  const installed = installFromNpm(
    {
      name: `conformance-${VERSION}${ownNode ? '' : `-node-${NODE.version}`}`,
      packages: [
        `@modelcontextprotocol/conformance@${VERSION}`,
        ...(ownNode ? [] : [`${NODE.package}@${NODE.version}`]),
      ],
    },
    say,
  );
  if ('reason' in installed) return installed;
  const modules = join(installed.folder, 'node_modules');
  const node = ownNode ? process.execPath : join(modules, NODE.package, 'bin', 'node');
  const main = join(modules, '@modelcontextprotocol', 'conformance', 'dist', 'index.js');
  if (!existsSync(node)) return { reason: `${NODE.package} has no bin/node` };
  return { node, main };
}

/** @returns the client scenarios that a revision of the specification requires. */
export function requiredScenarios({ node, main }, revision) {
  const { stdout, status, stderr } = spawnSync(node, [main, 'list', '--requirements', revision], {
    encoding: 'utf8',
  });
  const [, list = ''] = /^Client scenarios.*\n((?: {2}- .+\n)+)/m.exec(stdout) ?? [];
  const names = [...list.matchAll(/^ {2}- (\S+)$/gm)].map(([, name]) => name);
  if (status !== 0 || names.length === 0)
    throw new Error(`the suite lists no scenarios for ${revision}: ${lastLine(stderr)}`);
  return names;
}

/**
 * Runs one scenario.
 *
 * @param {{ node: string, main: string }} suite
 * @param {{ scenario: string, revision: string, env?: Record<string, string> }} what `env` for the adapter:
 *   OPENER_DELAY (seconds until the browser opens the page) and CONFORMANCE_NODE (the proxy's Node.js)
 * @returns {Promise<{ isPassed: boolean, report: string }>}
 */
export async function runScenario({ node, main }, { scenario, revision, env = {} }) {
  const command = `${process.execPath} ${ADAPTER}`;
  const child = spawn(
    node,
    [main, 'client', '--command', command, '--scenario', scenario, '--spec-version', revision].concat(
      '--timeout',
      String(LIMIT_MS),
    ),
    { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } },
  );
  let report = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      report += chunk;
    });
  const [status] = await once(child, 'close');
  return { isPassed: status === 0 && /OVERALL: PASSED/.test(report), report };
}
