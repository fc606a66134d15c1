// Measures ratios side by side in one run; `node -e 0` is the baseline. Prints a table, and writes
// docs/performance.md only on request (`npm run bench -- --write`).
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { installAgent } from './agents.mjs';
import { benchGateway } from './bench-gateway.mjs';
import { benchMcp } from './bench-mcp.mjs';
import { benchPlatform } from './bench-platform.mjs';
import { benchRealm } from './bench-realm.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const codemie = join(root, 'bin', 'codemie.js');
const home = mkdtempSync(join(tmpdir(), 'codemie-bench-'));
const RUNS = Number(process.env.BENCH_RUNS ?? 15);
const env = {
  PATH: process.env.PATH,
  HOME: home,
  CODEMIE_HOME: join(home, '.codemie'),
  CODEMIE_PASSPHRASE: 'bench passphrase of no value',
  BROWSER: join(root, 'scripts', 'scripted-browser.mjs'),
  CI: 'true',
  ...(process.env.DBUS_SESSION_BUS_ADDRESS === undefined
    ? {}
    : { DBUS_SESSION_BUS_ADDRESS: process.env.DBUS_SESSION_BUS_ADDRESS }),
};

/** An agent that reads its plugin's hooks as Claude Code does, and reports a hundred events to each of them. */
const HOOKED = `
const { readFileSync } = require('node:fs');
const folder = process.argv[process.argv.indexOf('--plugin-dir') + 1];
const { hooks } = JSON.parse(readFileSync(folder + '/hooks/hooks.json', 'utf8'));
const all = Object.values(hooks).flatMap((entries) => entries.flatMap((entry) => entry.hooks));
const posts = all.filter(({ type }) => type === 'http');
(async () => {
  const times = [];
  for (let i = 0; i < 100; i += 1)
    for (const { url, headers } of posts) {
      const began = performance.now();
      await (await fetch(url, { method: 'POST', headers, body: '{"hook_event_name":"Stop"}' })).text();
      times.push(performance.now() - began);
    }
  times.sort((a, b) => a - b);
  console.log(JSON.stringify({ events: all.length, commands: all.length - posts.length, ms: times[times.length >> 1] ?? 0 }));
})();
`;

function once1(command, args, extra = {}) {
  const started = performance.now();
  const result = spawnSync(command, args, {
    env: { ...env, ...extra },
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
  });
  return {
    ms: performance.now() - started,
    status: result.status,
    stdout: result.stdout,
    stderr: result.stderr,
  };
}

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

/** Medians of several commands, with interleaved runs, so that a busy moment affects all of them. */
function sideBySide(rows, runs = RUNS) {
  const times = rows.map(() => []);
  for (let run = 0; run < runs; run += 1) {
    rows.forEach(({ command = process.execPath, args, extra, status = 0 }, i) => {
      const result = once1(command, args, extra);
      if (result.status !== status)
        throw new Error(`${args.join(' ')} ended with ${result.status}: ${result.stderr}`);
      times[i].push(result.ms);
    });
  }
  return times.map(median);
}

const table = [];
const add = (goal, what, value, target) => {
  table.push({ goal, what, value, target });
  console.error(`${goal.padEnd(4)} ${what.padEnd(58)} ${value}  (goal ${target})`);
};
const ratio = (a, b) => `${(a / b).toFixed(2)} ×`;

const sandbox = spawn(process.execPath, [codemie, 'sandbox', 'start', '--json', '--auto-approve', 'ada'], {
  env,
  stdio: ['ignore', 'pipe', 'inherit'],
});
try {
  const [line] = await once(createInterface({ input: sandbox.stdout }), 'line');
  const { url } = JSON.parse(line);
  const token = once1(process.execPath, [
    codemie,
    'sandbox',
    'token',
    '--user',
    'ada',
    '--ttl',
    '8h',
  ]).stdout.trim();
  const login = (profile, store) =>
    new Promise((resolve, reject) => {
      const child = spawn(
        process.execPath,
        [codemie, 'profile', 'login', '--url', url, '--profile', profile, '--store', store],
        { env, stdio: ['ignore', 'ignore', 'pipe'] },
      );
      let text = '';
      child.stderr.on('data', (chunk) => {
        text += chunk;
      });
      child.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(text))));
    });
  await login('plain', 'plaintext-file');
  await login('vault', 'encrypted-file');
  const hasKeychain = await login('chain', 'keychain').then(
    () => true,
    () => false,
  );

  const floor = { args: ['-e', '0'] };
  const [base, version, help, status, tokenFile, tokenVault] = sideBySide([
    floor,
    { args: [codemie, '--version'] },
    { args: [codemie, '--help'] },
    { args: [codemie, 'profile', 'status', '--offline', '--profile', 'plain'] },
    { args: [codemie, 'token', '--profile', 'plain'] },
    { args: [codemie, 'token', '--profile', 'vault'] },
  ]);
  console.error(`floor: node -e 0 takes ${base.toFixed(0)} ms (median of ${RUNS}), Node ${process.version}`);
  add('G1', 'codemie --version', ratio(version, base), '≤ 1.5 ×');
  add('G1', 'codemie --help', ratio(help, base), '≤ 1.5 ×');
  add('G2', 'profile status --offline, plain file', ratio(status, base), '≤ 1.8 ×');
  add('G3', 'token, plain file', ratio(tokenFile, base), '≤ 1.35 ×');
  add('G3', 'token, encrypted file (scrypt on purpose slow)', ratio(tokenVault, base), '-');
  if (hasKeychain) {
    const [again, chainStatus, chain] = sideBySide([
      floor,
      { args: [codemie, 'profile', 'status', '--offline', '--profile', 'chain'] },
      { args: [codemie, 'token', '--profile', 'chain'] },
    ]);
    add('G2', 'profile status --offline, keychain', ratio(chainStatus, again), '≤ 1.8 ×');
    add('G3', 'token, keychain', ratio(chain, again), '≤ 1.8 ×');
  } else add('G3', 'token, keychain', 'no keychain here', '≤ 1.8 ×');

  // G13: how fast a dead credential is reported, and that the agent does not start.
  const dead = once1(process.execPath, [
    codemie,
    'sandbox',
    'token',
    '--user',
    'ada',
    '--ttl',
    '1s',
  ]).stdout.trim();
  await new Promise((resolve) => setTimeout(resolve, 1500));
  const [deadMs] = sideBySide(
    [
      {
        args: [
          join(root, 'bin', 'codemie-claude.js'),
          '--jwt-token',
          dead,
          '--base-url',
          url,
          '--task',
          'hi',
        ],
        status: 4,
      },
    ],
    5,
  );
  add('G13', 'dead credential said after', `${deadMs.toFixed(0)} ms`, '≤ 2000 ms');

  // The launcher alone: an agent that does nothing, started directly and through the launcher.
  const noop = join(home, 'noop');
  mkdirSync(noop);
  writeFileSync(join(noop, 'claude'), '#!/bin/sh\nexit 0\n');
  chmodSync(join(noop, 'claude'), 0o755);
  const bench = join(root, 'bin', 'codemie-claude.js');
  const launch = (path) => ({
    args: [bench, '--profile', 'plain', '--model', 'claude-sonnet-4-6', '--task', 'hi'],
    extra: { PATH: `${path}${delimiter}${env.PATH}` },
  });
  const [floorAgain, launched] = sideBySide([floor, launch(noop)]);
  add(
    'G4',
    'launcher with an agent that does nothing',
    `${ratio(launched, floorAgain)} of node -e 0 (${launched.toFixed(0)} ms)`,
    '-',
  );

  // G5: the plugin's cost per hook event, compared with hooks that start a process each.
  const hooked = join(home, 'hooked');
  mkdirSync(hooked);
  writeFileSync(join(hooked, 'claude'), `#!${process.execPath}\n${HOOKED}`);
  chmodSync(join(hooked, 'claude'), 0o755);
  const reported = once1(process.execPath, launch(hooked).args, launch(hooked).extra);
  const { events, commands, ms } = JSON.parse(reported.stdout);
  add('G5', 'processes started per hook event', String(commands / events), '0');
  add('G5', 'time a hook event takes', `${ms.toFixed(2)} ms`, '-');
  if (commands !== 0 || events === 0) process.exitCode = 1;

  const claude = process.argv.includes('--no-agent')
    ? { reason: 'left out' }
    : installAgent('claude', console.error);
  if ('reason' in claude) add('G4', 'Claude Code', claude.reason, '≤ 1.10 ×');
  else {
    // Its background traffic (telemetry, feature flags) goes elsewhere, and is slow when nothing answers.
    const quiet = { CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1' };
    const bare = (extra) => ({
      command: claude.bin,
      args: ['-p', 'say hi', '--model', 'claude-sonnet-4-6'],
      extra: {
        ANTHROPIC_BASE_URL: `${url}/code-assistant-api`,
        ANTHROPIC_AUTH_TOKEN: token,
        ...extra,
      },
    });
    const through = (extra) => ({
      args: [bench, '--profile', 'plain', '--model', 'claude-sonnet-4-6', '--task', 'say hi'],
      extra: { PATH: `${claude.folder}${delimiter}${env.PATH}`, ...extra },
    });
    const alone = bare(quiet);
    const signedIn = through(quiet);
    const [quietBare, quietThrough, asIsBare, asIsThrough] = sideBySide(
      [alone, signedIn, bare({}), through({})],
      Math.min(RUNS, 9),
    );
    add(
      'G4',
      'Claude Code through codemie against bare',
      `${ratio(asIsThrough, asIsBare)} (${asIsBare.toFixed(0)} ms bare)`,
      '≤ 1.10 ×',
    );
    add(
      'G4',
      'the same, without its background traffic',
      `${ratio(quietThrough, quietBare)} (${quietBare.toFixed(0)} ms bare)`,
      '≤ 1.10 ×',
    );
    const same =
      once1(alone.command, alone.args, alone.extra).stdout ===
      once1(process.execPath, signedIn.args, signedIn.extra).stdout;
    add('G12', 'stdout of the two runs', same ? 'byte-identical' : 'DIFFERS', 'byte-identical');
    if (!same) process.exitCode = 1;
  }
  await benchGateway({ root, codemie, env, add });
  await benchMcp({ root, add, say: console.error });
  await benchRealm({ root, codemie, env, add });
  await benchPlatform({ root, codemie, env, add });
  if (process.argv.includes('--write')) write(base);
} finally {
  sandbox.kill('SIGTERM');
  if (sandbox.exitCode === null) await once(sandbox, 'exit');
  rmSync(home, { recursive: true, force: true });
}

function write(base) {
  const path = join(root, 'docs', 'performance.md');
  const text = readFileSync(path, 'utf8');
  const rows = table.map((row) => `| ${row.goal} | ${row.what} | ${row.value} | ${row.target} |`);
  const block = [
    '<!-- measured -->',
    `Node ${process.version}, ${process.platform} ${process.arch}; floor (\`node -e 0\`) ${base.toFixed(0)} ms; medians of ${RUNS} interleaved runs.`,
    '',
    '| goal | what | measured | goal |',
    '|---|---|---|---|',
    ...rows,
    '<!-- /measured -->',
  ].join('\n');
  writeFileSync(path, text.replace(/<!-- measured -->[\s\S]*<!-- \/measured -->/, block));
}
