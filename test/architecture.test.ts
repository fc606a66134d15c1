import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { floorFaults, readFloors, sourceEntries } from '../scripts/floors.mjs';
import { temporaryFolder } from './support/context.ts';

const ARCHITECTURE = readFileSync('docs/architecture.md', 'utf8');

describe('the floors in docs/architecture.md', () => {
  const table = '| 2 | `net` | HTTP |\n| 1 | `system` | Files |\n| 1 | *`mcp`* | Planned |\n';

  it('name every room of src, and no other', () => {
    expect(floorFaults(readFloors(ARCHITECTURE), sourceEntries('src'))).toEqual([]);
  });

  it('are read from the table, planned rooms included', () => {
    expect(readFloors(table)).toEqual([
      { floor: 2, room: 'net', isPlanned: false },
      { floor: 1, room: 'system', isPlanned: false },
      { floor: 1, room: 'mcp', isPlanned: true },
    ]);
  });

  it.each([
    [
      'a folder that the table misses',
      table,
      ['net', 'system', 'cache'],
      'src/cache is on no floor. Add a row for it.',
    ],
    [
      'a room that was removed',
      table,
      ['net'],
      '`system` is not in src. Remove the row, or mark the room as planned (italics).',
    ],
    [
      'a planned room that was built',
      table,
      ['net', 'system', 'mcp'],
      '`mcp` exists now. Remove its italics.',
    ],
    ['a room on two floors', `${table}| 3 | \`net\` | HTTP |`, ['net', 'system'], '`net` is on two floors.'],
    ['a table that cannot be read', 'no table', [], 'the table of floors could not be read.'],
  ])('differ from src: %s', (_what, text, entries, sentence) => {
    expect(floorFaults(readFloors(text), entries)).toEqual([`docs/architecture.md: ${sentence}`]);
  });
});

describe('npm run check', () => {
  /** Runs the dependency check of this project on a source folder of its own. */
  function cruise(files: Readonly<Record<string, string>>): string {
    const root = temporaryFolder();
    for (const name of ['.dependency-cruiser.mjs', 'tsconfig.json', 'package.json', 'scripts/floors.mjs']) {
      mkdirSync(dirname(join(root, name)), { recursive: true });
      cpSync(name, join(root, name));
    }
    mkdirSync(join(root, 'docs'));
    cpSync('docs/architecture.md', join(root, 'docs/architecture.md'));
    symlinkSync(join(process.cwd(), 'node_modules'), join(root, 'node_modules'));
    const rooms = readFloors().filter(({ isPlanned }) => !isPlanned);
    const all = Object.fromEntries(
      rooms.map(({ room }) => [room.endsWith('.ts') ? room : `${room}/index.ts`, 'export const x = 1;\n']),
    );
    for (const [name, text] of Object.entries({ ...all, ...files })) {
      mkdirSync(dirname(join(root, 'src', name)), { recursive: true });
      writeFileSync(join(root, 'src', name), text);
    }
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [
        'node_modules/dependency-cruiser/bin/dependency-cruise.mjs',
        '--config',
        '.dependency-cruiser.mjs',
        'src',
      ],
      { cwd: root, encoding: 'utf8' },
    );
    return `${status} ${stdout}${stderr}`;
  }
  const importing = (room: string): string =>
    `import type { x } from '../${room}';\nexport type T = typeof x;\n`;

  it('passes when every import goes down', () => {
    const said = cruise({ 'gateway/forward.ts': importing('credentials/index.ts') });
    expect(said).toMatch(/^0 .*no dependency violations/s);
  });

  it('names each import that goes up, or sideways, or in a circle, for a type as well', () => {
    const said = cruise({
      'system/a.ts': importing('net/index.ts'),
      'agents/a.ts': importing('gateway/index.ts'),
      'net/a.ts': importing('net/b.ts'),
      'net/b.ts': importing('net/a.ts'),
    });
    expect(said).not.toMatch(/^0 /);
    for (const rule of ['system-imports-upward', 'agents-imports-upward', 'no-circles'])
      expect(said).toContain(`error ${rule}: `);
  });

  it('fails when a folder is on no floor', () => {
    const said = cruise({ 'cache/a.ts': '' });
    expect(said).not.toMatch(/^0 /);
    expect(said).toContain('src/cache is on no floor');
  });
});

describe('docs/architecture.md', () => {
  it('names only files that exist, and functions that they export', () => {
    const rows = [...ARCHITECTURE.matchAll(/^\| [^|]+ \| ((?:`src\/[^`]+`(?:, then )?)+) \| ([^|]+) \|$/gm)];
    expect(rows.length).toBeGreaterThan(8);
    for (const [, files = '', functions = ''] of rows) {
      const paths = [...files.matchAll(/`([^`]+)`/g)].map(([, path = '']) => path);
      const text = paths.map((path) => readFileSync(path, 'utf8')).join('\n');
      for (const [, name] of functions.matchAll(/`(\w+)`/g))
        expect(text).toMatch(new RegExp(`export (async )?(function|const|interface) ${name}\\b`));
    }
  });

  it('links to documents that exist, and CONTRIBUTING links to it', () => {
    for (const [, path = ''] of ARCHITECTURE.matchAll(/\]\(([^)#]+)\)/g))
      expect(existsSync(join('docs', path)), path).toBe(true);
    expect(readFileSync('CONTRIBUTING.md', 'utf8')).toContain('(docs/architecture.md#floors)');
  });
});
