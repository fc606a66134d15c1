// The whole journey on the sandbox, in a temporary home: sign in, look around, work, renew, sign out. Every step
// prints the command a user would type; any failed step makes the exit code non-zero. Arguments go to the sandbox:
// `npm run demo -- --front guarded`.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { installAgent } from './agents.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const home = mkdtempSync(join(tmpdir(), 'codemie-demo-'));
const work = join(home, 'work');
const SWITCHES = ['--auto-approve', 'ada', ...process.argv.slice(2)];
const color = process.stdout.isTTY === true && !process.env.NO_COLOR;
const bold = (text) => (color ? `\u001b[1m${text}\u001b[22m` : text);
const dim = (text) => (color ? `\u001b[2m${text}\u001b[22m` : text);

const env = {
  ...process.env,
  HOME: home,
  CODEMIE_HOME: join(home, '.codemie'),
  XDG_CONFIG_HOME: join(home, '.config'),
  XDG_CACHE_HOME: join(home, '.cache'),
  XDG_DATA_HOME: join(home, '.local', 'share'),
  CODEMIE_PASSPHRASE: 'a passphrase only this demo knows',
  BROWSER: join(root, 'scripts', 'scripted-browser.mjs'),
};
for (const name of Object.keys(env)) {
  if (
    /^(CODEMIE_(URL|BASE_URL|PROFILE|JWT_TOKEN|MODEL|PROJECT|PROVIDER|API_KEY|DEBUG)|ANTHROPIC_.*|OPENAI_.*)$/.test(
      name,
    )
  )
    delete env[name];
}

let failures = 0;

/** Runs one command as a user would, and shows it with its output. */
async function step(title, line, args, options = {}) {
  console.log(`\n${bold(title)}\n${dim('$')} ${line}`);
  const child = spawn(process.execPath, [join(root, 'bin', args[0]), ...args.slice(1)], {
    cwd: work,
    env: options.env ?? env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (text) => {
      output += `${text}\n`;
      console.log(`  ${text}`);
    });
  }
  const [code] = await once(child, 'close');
  const missing = options.expect !== undefined && !output.includes(options.expect);
  if (code !== 0 || missing) {
    failures += 1;
    console.log(bold(missing ? `  failed: "${options.expect}" was expected` : `  failed: exit code ${code}`));
  }
  return output;
}

/** @returns a folder for PATH with the proxy under its name, as npm installs it. */
function proxyFolder() {
  const folder = join(home, 'bin');
  mkdirSync(folder, { recursive: true });
  const source = `#!${process.execPath}\nrequire(${JSON.stringify(join(root, 'bin', 'codemie-mcp-proxy.js'))});\n`;
  writeFileSync(join(folder, 'codemie-mcp-proxy'), source, { mode: 0o755 });
  return folder;
}

async function startSandbox() {
  console.log(
    `${bold('Start a CodeMie platform on this machine')}\n${dim('$')} codemie sandbox start ${SWITCHES.join(' ')}`,
  );
  const child = spawn(
    process.execPath,
    [join(root, 'bin', 'codemie.js'), 'sandbox', 'start', '--json', ...SWITCHES],
    {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const [line] = await once(createInterface({ input: child.stdout }), 'line');
  const ready = JSON.parse(line);
  console.log(`  ready at ${ready.url} (OpenID provider ${ready.issuer})`);
  return { child, ready };
}

if (!existsSync(join(root, 'dist', 'codemie.cjs'))) {
  console.error('dist/ is missing: run npm ci (or npm run build) first');
  process.exit(1);
}
mkdirSync(work, { recursive: true });
writeFileSync(join(work, 'hello.txt'), 'The credential never left the gateway.\nsecond line\n');
const started = Date.now();
const { child: sandbox, ready } = await startSandbox();
try {
  const url = ready.url;
  await step(
    'Sign in with the browser (a scripted one here), keep the credential in an encrypted file',
    `codemie profile login --url ${url} --store encrypted-file --as ada@sandbox.example`,
    [
      'codemie.js',
      'profile',
      'login',
      '--url',
      url,
      '--store',
      'encrypted-file',
      '--as',
      'ada@sandbox.example',
    ],
  );
  await step(
    'Who am I, for how long, with which models',
    'codemie profile status',
    ['codemie.js', 'profile', 'status'],
    {
      expect: 'signed in',
    },
  );
  const claude = installAgent('claude', (line) => console.log(`\n  ${line}`));
  if ('reason' in claude) {
    console.log(
      `\n  Claude Code is not to be had here (${claude.reason}); a stand-in makes the same call through the gateway.`,
    );
  }
  const real = 'folder' in claude;
  const agentPath = `${real ? claude.folder : join(root, 'scripts', 'stand-in')}${delimiter}${env.PATH}`;
  const prompt = real ? 'Read the file hello.txt and report its first line' : 'Say hello';
  await step(
    real ? 'Let Claude Code do a task, signed in' : 'Make a model call through the gateway, signed in',
    `codemie-claude --task "${prompt}"`,
    ['codemie-claude.js', '--task', prompt],
    {
      env: {
        ...env,
        PATH: `${real ? claude.folder : join(root, 'scripts', 'stand-in')}${delimiter}${env.PATH}`,
      },
      expect: real ? 'The credential never left the gateway.' : 'Sandbox',
    },
  );
  if (real) {
    const server = { type: 'stdio', command: 'codemie-mcp-proxy', args: [ready.mcpUrl] };
    writeFileSync(join(work, '.mcp.json'), JSON.stringify({ mcpServers: { sandbox: server } }));
    const task = 'Call the tool whoami';
    const allowed = 'mcp__sandbox__whoami';
    await step(
      'Let Claude Code call a tool of an MCP server that needs a sign-in of its own',
      `codemie-claude --task "${task}" --allowedTools ${allowed}`,
      ['codemie-claude.js', '--task', task, '--allowedTools', allowed],
      // The sandbox's model calls tools it was told of, and searches for none.
      {
        env: { ...env, PATH: `${proxyFolder()}${delimiter}${agentPath}`, ENABLE_TOOL_SEARCH: 'false' },
        expect: 'You are signed in as ada.',
      },
    );
  }
  await step('Renew before a long task', 'codemie profile refresh', ['codemie.js', 'profile', 'refresh']);
  await step('Is everything in order?', 'codemie doctor', ['codemie.js', 'doctor'], {
    env: { ...env, PATH: `${proxyFolder()}${delimiter}${agentPath}` },
  });
  await step('Sign out, here and at the server', 'codemie profile logout', [
    'codemie.js',
    'profile',
    'logout',
  ]);
} finally {
  sandbox.kill('SIGTERM');
  if (sandbox.exitCode === null) await once(sandbox, 'exit');
  rmSync(home, { recursive: true, force: true });
}
console.log(
  `\n${failures === 0 ? 'All steps succeeded' : `${failures} step(s) failed`} in ${Math.round((Date.now() - started) / 1000)} s.`,
);
process.exitCode = failures === 0 ? 0 : 1;
