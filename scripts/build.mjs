// Bundles src/ into dist/: CommonJS (measured: loads faster than ES modules) with one lazy chunk per command,
// so that a production install needs no dependency besides the optional keychain module.
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const dist = join(root, 'dist');

/** Opening ten files costs more than reading one, so code that a command always needs is in one chunk. */
const GROUPS = {
  core: [
    'system/{error-codes,errors,exit-codes,file-modes,own-folder,shell,working-folder}',
    'system/process/{end,stop-signals}',
    'commands/{spec,help,quick-parse,short-forms}',
    'commands/agents/options',
    'commands/mcp/connection-options',
    'commands/platform/{chart-options,database-options,plan-options,source-options}',
    'commands/realm/layout',
    'secrets/store',
    'sign-in/methods',
  ],
  // Commands that scripts and agents call all day: token, status.
  hot: [
    'context',
    'system/{clock,digest,duration,env,files,log,redact,secret}',
    'net/{ca,origin}',
    'terminal/terminal',
    'config/{api-base,auth-method,ca-file,destination,effective,file,profile,providers,secret-variables,selection,settings-table}',
    'config/layers/{folder,merge}',
    'credentials/{credential,errors,expiry,jwt}',
    'credentials/find/{find-access,resolver}',
    'credentials/keep/{open-store,serialize}',
    'credentials/legacy/detect',
    'secrets/{errors,keychain,open,plaintext-file,private-file}',
    'commands/profile/token',
  ],
  status: ['commands/profile/{status,status-report}'],
  // Everything that sends requests to the platform.
  platform: [
    'net/{client,fetch,no-proxy,proxy,retry,unreachable}',
    'platform-api/{auth-outcome,client,endpoint,models,renew-after-refusal,shapes}',
    'audit/{chain,files,head,log,spool}',
    'credentials/identity',
    'system/{lock,printable}',
  ],
  // The launcher up to its first request, and what it loads while the platform answers.
  launch: [
    'agents/{agent-environment,arguments,find}',
    'agents/adapters/{adapter,claude,claude-settings,codex,gemini,opencode,table}',
    'agents/models/choose',
    'commands/agents/{check-credential,help,run}',
    'terminal/stdin',
  ],
  gateway: [
    'agents/{launch,tracking}',
    'commands/agents/{session-audit,sign-in-ended,start}',
    'config/common-settings',
    'credentials/find/long-lived-access',
    'gateway/{cors,forward,guard,headers,hook,metrics,one-model,pass-on,routes,server,settings}',
    'gateway/mcp/{door,refuse}',
    'net/{limit-sockets,listen}',
    'net/stream/{replayable-body,upstream}',
    'system/process/{child,relay-stdin,tree}',
    'terminal/notify',
  ],
};

/**
 * Expands `folder/{a,b}` to files of `src/`. Fails on a missing file, which would otherwise silently move code to
 * another chunk.
 */
function filesOf(parts) {
  const files = parts.flatMap((part) => {
    const [, folder, names] = /^(.*?)(?:\{(.*)\})?$/.exec(part);
    return (names ?? '').split(',').map((name) => join(root, 'src', `${folder}${name}.ts`));
  });
  const missing = files.filter((file) => !existsSync(file));
  if (missing.length > 0)
    throw new Error(`scripts/build.mjs groups files that do not exist:\n${missing.join('\n')}`);
  return new Set(files);
}

/**
 * The MCP SDK brings a JSON schema validator, twice. The proxy judges no content, so it is left out: 23 ms of CPU at each
 * start and half a megabyte.
 */
const withoutValidator = {
  name: 'without-validator',
  resolveId: (id) =>
    /^@modelcontextprotocol\/(client|server)\/_shims$/.test(id) ? '\0mcp-shims' : undefined,
  load: (id) =>
    id === '\0mcp-shims'
      ? `export { default as process } from 'node:process';
         export const CORS_IS_POSSIBLE = false;
         export class DefaultJsonSchemaValidator { getValidator() { throw new Error('no validator'); } }`
      : undefined,
};

const bundle = await rolldown({
  cwd: root,
  input: { codemie: 'src/main.ts' },
  platform: 'node',
  external: ['keytar'],
  plugins: [withoutValidator],
  transform: { define: { CODEMIE_VERSION: JSON.stringify(version) } },
  // Hides warnings about third-party code; ours is linted elsewhere.
  onLog: (level, log, handler) => {
    if (!log.id?.includes('node_modules') && !log.message.includes('node_modules')) handler(level, log);
  },
});
rmSync(dist, { recursive: true, force: true });
const { output } = await bundle.write({
  dir: dist,
  format: 'cjs',
  exports: 'named',
  // Comments cost time at every start; src/ has them.
  comments: { legal: true, annotation: false, jsdoc: false },
  // Uses `require`: loading the ES module loader for one built-in adds about 6 ms to every start.
  dynamicImportInCjs: false,
  entryFileNames: '[name].cjs',
  chunkFileNames: 'chunks/[name]-[hash].cjs',
  codeSplitting: {
    groups: Object.entries(GROUPS).map(([name, parts], index, all) => {
      const files = filesOf(parts);
      return { name, test: (id) => files.has(normalize(id)), priority: all.length - index };
    }),
  },
});
await bundle.close();
if (output.some(({ moduleIds = [] }) => moduleIds.some((id) => /[\\/]ajv/.test(id))))
  throw new Error(
    'A JSON schema validator is in the bundle: the MCP SDK imports it another way than withoutValidator knows.',
  );
// Files that code reads at run time, beside the chunk with that code.
cpSync(join(root, 'src', 'realm', 'example', 'files'), join(dist, 'chunks', 'files'), { recursive: true });
cpSync(
  join(root, 'node_modules', 'minijinja-js', 'dist', 'node', 'minijinja_js_bg.wasm'),
  join(dist, 'chunks', 'minijinja_js_bg.wasm'),
);
writeFileSync(join(dist, 'THIRD-PARTY-LICENSES.txt'), licences(output));
const bytes = output.reduce((sum, chunk) => sum + (chunk.type === 'chunk' ? chunk.code.length : 0), 0);
if (process.env.CI === undefined)
  console.error(`built dist/: ${output.length} files, ${Math.round(bytes / 1024)} KiB`);

/** The license texts of the bundled libraries, as their licenses require. */
function licences(chunks) {
  const folders = new Set();
  for (const chunk of chunks) {
    for (const id of chunk.type === 'chunk' ? chunk.moduleIds : []) {
      const folder = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(id.replaceAll('\\', '/'))?.[1];
      if (folder !== undefined) folders.add(folder);
    }
  }
  const parts = [...folders].sort().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
    const text =
      file !== undefined && existsSync(join(folder, file))
        ? readFileSync(join(folder, file), 'utf8').trim()
        : '';
    return `${name} ${version} (${license})\n\n${text}\n`;
  });
  return `${parts.join(`\n${'-'.repeat(80)}\n\n`)}`;
}
