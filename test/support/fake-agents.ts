import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from './context.ts';

/** `claude mcp add-json` and `claude mcp remove`, as Claude Code's do it. */
const CLAUDE = `
const { readFileSync, writeFileSync, existsSync } = require('node:fs');
const [, , , verb, , scope, name, json] = process.argv;
const file = require('node:path').join(process.env.CLAUDE_CONFIG_DIR || process.env.HOME, '.claude.json');
const all = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
all.mcpServers ??= {};
if (scope !== 'user' || process.env.FAIL) { console.error('it is broken'); process.exit(1); }
if (verb === 'add-json') all.mcpServers[name] = JSON.parse(json);
else delete all.mcpServers[name];
writeFileSync(file, JSON.stringify(all, null, 2));
`;

/** \`codex mcp list --json\` of tables with one value a line, which is all that these tests write. */
const CODEX = `
const { readFileSync } = require('node:fs');
const file = require('node:path').join(process.env.CODEX_HOME || process.env.HOME + '/.codex', 'config.toml');
const servers = {};
let table = {};
readFileSync(file, 'utf8').split('\\n').forEach((line, at) => {
  const plain = line.replace(/\\s*#.*$/, '');
  const [, path] = /^\\[(.*)\\]$/.exec(plain) ?? [];
  const [, key, value] = /^(\\w+) = (.*)$/.exec(plain) ?? [];
  if (path !== undefined) {
    const [first, name, env] = path.split('.');
    if (name === process.env.CODEX_REFUSES) process.exit(1);
    if (first !== 'mcp_servers') table = {};
    else if (env) table = servers[name].env = {};
    else table = servers[name] = { env: null };
  } else if (key !== undefined) {
    try { table[key] = JSON.parse(value); } catch {
      console.error('Error: failed\\nCaused by:\\n  TOML parse error at line ' + (at + 1) + ', column 1\\n' + line);
      process.exit(1);
    }
  }
});
console.log(JSON.stringify(Object.entries(servers).map(([name, { startup_timeout_sec = null, ...transport }]) =>
  ({ name, enabled: true, transport, startup_timeout_sec }))));
`;

const SOURCES: Readonly<Record<string, string>> = {
  claude: CLAUDE,
  codex: CODEX,
  opencode: '',
  gemini: '',
  'codemie-mcp-proxy': '',
};

/** A folder for PATH with these programs; by default with all agents and our proxy. */
export function fakeAgents(names: readonly string[] = Object.keys(SOURCES)): string {
  const folder = temporaryFolder();
  for (const name of names)
    writeFileSync(join(folder, name), `#!${process.execPath}\n${SOURCES[name] ?? ''}`, { mode: 0o755 });
  return folder;
}
