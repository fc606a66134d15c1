// Bundles src/ into dist/: CommonJS (measured: loads faster than ES modules) with one lazy chunk per command,
// so that a production install needs no dependency besides the optional keychain module.
import { readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const dist = join(root, 'dist');

const HOT = new RegExp(
  'src/(' +
    [
      'context',
      'system/(clock|duration|files|log|redact|secret)',
      'net/(origin|proxy|fetch)',
      'terminal/(terminal|render-error)',
      'config/(file|profile|select)',
      'credentials/(access|credential|expiry|jwt|not-renewable|open-store|resolver|serialize)',
      'credentials/stores/(errors|file|keychain|plaintext-file)',
      'commands/profile/(token|status)',
    ].join('|') +
    ')[.]ts$',
);

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
  entryFileNames: '[name].cjs',
  chunkFileNames: 'chunks/[name]-[hash].cjs',
  // What scripts and agents call all day (token, status) is one file: opening ten costs more than reading one.
  codeSplitting: {
    groups: [
      {
        name: 'core',
        test: /src.(system.(errors|exit-codes)|commands.(spec|help|quick-parse|agents.options))[.]ts$/,
        priority: 2,
      },
      { name: 'hot', test: HOT, priority: 1 },
    ],
  },
});
await bundle.close();
const bytes = output.reduce((sum, chunk) => sum + (chunk.type === 'chunk' ? chunk.code.length : 0), 0);
if (process.env.CI === undefined)
  console.error(`built dist/: ${output.length} files, ${Math.round(bytes / 1024)} KiB`);
