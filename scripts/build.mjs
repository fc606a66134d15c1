// Bundles src/ into dist/: CommonJS (measured: loads faster than ES modules) with one lazy chunk per command,
// so that a production install needs no dependency besides the optional keychain module.
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const dist = join(root, 'dist');

/** Opening ten files costs more than reading one: what one command needs in any case stands together. */
const GROUPS = {
  core: ['system/(errors|exit-codes)', 'commands/(spec|help|quick-parse)', 'commands/agents/options'],
  // What scripts and agents call all day: token, status.
  hot: [
    'context',
    'system/(clock|digest|duration|files|log|redact|secret)',
    'net/(ca|origin)',
    'terminal/(terminal|render-error)',
    'config/(address|file|glance|profile|select)',
    'credentials/(access|credential|expiry|jwt|not-renewable|open-store|resolver|serialize)',
    'credentials/stores/(errors|file|keychain|plaintext-file)',
    'commands/profile/(token|status)',
  ],
  // Whoever asks the platform for something.
  platform: [
    'net/(fetch|no-proxy|proxy|request|retry|unreachable)',
    'codemie/(address|client|faces|models|shapes|successor)',
    'credentials/(person|same-person)',
    'system/printable',
  ],
  // A launcher until it has asked the platform, and what it loads while the platform thinks.
  launch: [
    'agents/(adapter|adapters|arguments|claude|claude-settings|codex|environment|find|gemini|models|opencode)',
    'commands/agents/(help|judged|run)',
    'config/environment',
    'terminal/stdin',
  ],
  gateway: [
    'agents/(bring-back|launch|private-home|tracking)',
    'audit/(chain|files|head|log|spool)',
    'commands/agents/(ended|observe|report|start)',
    'config/values',
    'credentials/lasting',
    'gateway/(body|forward|guard|headers|metrics|routes|server|upstream)',
    'net/listen',
    'system/(child|family|relay)',
    'terminal/aside',
  ],
};

const bundle = await rolldown({
  cwd: root,
  input: { codemie: 'src/main.ts' },
  platform: 'node',
  external: ['keytar'],
  transform: { define: { CODEMIE_VERSION: JSON.stringify(version) } },
  // Third-party code warns about its own habits; ours is linted elsewhere.
  onLog: (level, log, handler) => {
    if (!log.id?.includes('node_modules') && !log.message.includes('node_modules')) handler(level, log);
  },
});
rmSync(dist, { recursive: true, force: true });
const { output } = await bundle.write({
  dir: dist,
  format: 'cjs',
  exports: 'named',
  // Through `require`: the loader of ES modules, woken for one built-in, costs a start about 6 ms.
  dynamicImportInCjs: false,
  entryFileNames: '[name].cjs',
  chunkFileNames: 'chunks/[name]-[hash].cjs',
  codeSplitting: {
    groups: Object.entries(GROUPS).map(([name, parts], index, all) => ({
      name,
      test: new RegExp(`src.(${parts.join('|').replaceAll('/', '[\\\\/]')})[.]ts$`),
      priority: all.length - index,
    })),
  },
});
await bundle.close();
writeFileSync(join(dist, 'THIRD-PARTY-LICENSES.txt'), licences(output));
const bytes = output.reduce((sum, chunk) => sum + (chunk.type === 'chunk' ? chunk.code.length : 0), 0);
if (process.env.CI === undefined)
  console.error(`built dist/: ${output.length} files, ${Math.round(bytes / 1024)} KiB`);

/** The licences of the libraries whose code is in the bundle, as they ask to be passed on. */
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
