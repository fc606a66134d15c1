import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { inPrivateHome, recoverHomes } from '../../../src/agents/home/private-home.ts';
import { removeFolder } from '../../../src/system/files.ts';
import { type TestContext, testContext } from '../../support/context.ts';

/** What is refused beside what modes forbid. */
const refused = vi.hoisted(() => ({ removal: '', byModes: true }));

/** Modes count here for whoever runs the tests: root is refused nothing otherwise. */
vi.mock('node:fs', async (original) => {
  const real = await original<typeof import('node:fs')>();
  const { basename, dirname, join } = await import('node:path');
  const refuse = (path: string): never => {
    throw Object.assign(new Error(`EACCES: permission denied, '${path}'`), { code: 'EACCES' });
  };
  const may = (path: string, bit: number): void => {
    const stat = real.statSync(path, { throwIfNoEntry: false });
    if (refused.byModes && stat !== undefined && (stat.mode & bit) === 0) refuse(path);
  };
  const readable = (path: unknown): void => {
    if (typeof path === 'string') may(path, 0o400);
  };
  const inWritable = (path: unknown): void => may(dirname(String(path)), 0o200);
  const checked =
    <Args extends unknown[], Result>(
      work: (...args: Args) => Result,
      ...checks: ((path: unknown) => void)[]
    ) =>
    (...args: Args): Result => {
      for (const [i, check] of checks.entries()) check(args[i]);
      return work(...args);
    };
  const removable = (path: unknown): void => {
    const stat = real.lstatSync(String(path), { throwIfNoEntry: false });
    if (stat === undefined) return;
    if (basename(String(path)) === refused.removal) refuse(String(path));
    inWritable(path);
    if (!stat.isDirectory()) return;
    readable(path);
    for (const name of real.readdirSync(String(path))) removable(join(String(path), name));
  };
  return {
    ...real,
    readFileSync: checked(real.readFileSync as never, readable),
    readdirSync: checked(real.readdirSync as never, readable),
    copyFileSync: checked(real.copyFileSync as never, readable, inWritable),
    symlinkSync: checked(real.symlinkSync as never, () => undefined, inWritable),
    mkdirSync: checked(real.mkdirSync as never, inWritable),
    openSync: checked(real.openSync as never, inWritable),
    renameSync: checked(real.renameSync as never, inWritable, inWritable),
    unlinkSync: checked(real.unlinkSync as never, removable),
    rmdirSync: checked(real.rmdirSync as never, inWritable),
    rmSync: checked(real.rmSync as never, removable),
  };
});

let context: TestContext;
let own: string;
let told: string[];
beforeEach(() => {
  context = testContext();
  own = join(context.userHome, '.gemini');
  told = [];
  mkdirSync(own);
  Object.assign(refused, { removal: '', byModes: true });
});
afterEach(() => {
  Object.assign(refused, { removal: '', byModes: false });
  // With what may not be written.
  removeFolder(context.userHome);
});

const put = (path: string, text = 'x', mode = 0o600): void => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  chmodSync(path, mode);
};
/** A run in which the agent does `write` to its home. */
const run = (write: (inside: string) => void | Promise<void>, links: readonly string[] = []): Promise<void> =>
  inPrivateHome(
    context,
    {
      folder: '.gemini',
      own,
      settings: {},
      bent: [],
      address: 'http://127.0.0.1:1234',
      mend: ['linked/enabled.json'],
      links: Object.fromEntries(links.map((name) => [name, join(own, name)])),
      keep: [],
    },
    (message) => told.push(message),
    async (folder) => write(join(folder, '.gemini')),
  );
const here = (): string[] => (readdirSync(own, { recursive: true }) as string[]).sort();
const homes = (): string[] => readdirSync(join(context.home, 'agent-homes'));
const modeOf = (path: string): number => statSync(path).mode & 0o777;
/** What the next launch says. */
const next = async (): Promise<string> => {
  context.out.stderr = '';
  told = [];
  await recoverHomes(context, (message) => told.push(message));
  return context.out.stderr + told.join();
};

describe('what cannot be brought back', () => {
  it.skipIf(process.platform === 'win32')('sockets and pipes are left out without a word', async () => {
    mkdirSync(join(own, 'there'));
    const server = createServer();
    await run(async (inside) => {
      for (const folder of ['.', 'there', 'new', 'new/deep']) {
        put(join(inside, folder, 'file'));
        execFileSync('mkfifo', [join(inside, folder, 'pipe')]);
      }
      // The path of a socket may not be long.
      const socket = relative(process.cwd(), join(inside, 'new', 'socket'));
      await new Promise<void>((resolve) => server.listen(socket, resolve));
    });
    server.close();
    expect(here()).toEqual(['file', 'new', 'new/deep', 'new/deep/file', 'new/file', 'there', 'there/file']);
    expect([homes(), told, context.out.stderr]).toEqual([[], [], '']);
  });

  it('links are brought as they are, wherever they lead', async () => {
    mkdirSync(join(own, 'there'));
    await run((inside) => {
      for (const folder of ['there', 'new']) {
        put(join(inside, folder, 'file'));
        symlinkSync('nowhere', join(inside, folder, 'dangling'));
        symlinkSync('.', join(inside, folder, 'round'));
      }
    });
    for (const path of ['there/dangling', 'there/round', 'new/dangling', 'new/round'])
      expect(lstatSync(join(own, path)).isSymbolicLink(), path).toBe(true);
    expect([homes(), told, context.out.stderr]).toEqual([[], [], '']);
  });

  it('is said once and kept, and everything else comes', async () => {
    mkdirSync(join(own, 'there'));
    mkdirSync(join(own, 'taken'));
    await run((inside) => {
      put(join(inside, 'taken'), 'a folder of the person has this name');
      for (const folder of ['.', 'there', 'new', 'new/deep']) {
        put(join(inside, folder, 'file'));
        put(join(inside, folder, 'closed'), 'words', 0);
      }
      put(join(inside, 'z'));
    });
    expect(here()).toEqual(
      ['file', 'new', 'new/deep', 'new/deep/file', 'new/file', 'taken', 'there', 'there/file', 'z'].sort(),
    );
    const [kept = ''] = homes();
    const place = join(context.home, 'agent-homes', kept);
    expect(context.out.stderr).toMatch(
      /^codemie: \.gemini\/\S+, \.gemini\/\S+, \.gemini\/\S+ and 2 more could not be brought back \(E\w+: .*\); kept in /,
    );
    expect(context.out.stderr).toContain(place);
    expect([homes().length, existsSync(join(place, '.gemini', 'new', 'deep', 'closed'))]).toEqual([1, true]);
    expect([await next(), homes()]).toEqual(['', [kept]]);
  });

  it('a file that should be corrected and cannot be read keeps nothing back', async () => {
    put(join(own, 'linked', 'enabled.json'), '{}', 0);
    await run((inside) => put(join(inside, 'file')), ['linked']);
    expect(readFileSync(join(own, 'file'), 'utf8')).toBe('x');
    expect([homes(), told]).toEqual([[], [expect.stringContaining('enabled.json')]]);
  });

  it('also where the record of the run is broken', async () => {
    await run((inside) => writeFileSync(join(inside, '..', 'run.json'), '{"ho'));
    expect(context.out.stderr).toContain('could not be brought back');
    expect([await next(), homes().length]).toEqual(['', 1]);
  });
});

it('what is odd in the person’s folder stops no launch', async () => {
  put(join(own, 'closed.json'), '{}', 0);
  mkdirSync(join(own, 'folder.json'));
  symlinkSync('nowhere', join(own, 'dangling.json'));
  symlinkSync('round.json', join(own, 'round.json'));
  const odd = here();
  let seen: string[] = [];
  await run((inside) => {
    seen = readdirSync(inside).sort();
  }, odd);
  expect(seen).toEqual([...odd, 'settings.json'].sort());
  expect([here(), homes(), told, context.out.stderr]).toEqual([odd, [], [], '']);
});

describe('what may not be written', () => {
  it('comes back with its mode, and its home is removed', async () => {
    mkdirSync(join(own, 'there'));
    const modes = { file: 0o444, new: 0o555, 'new/file': 0o444, 'there/new': 0o555, 'there/new/file': 0o444 };
    await run((inside) => {
      for (const path of ['file', 'new/file', 'there/new/file']) put(join(inside, path));
      for (const [path, mode] of Object.entries(modes)) chmodSync(join(inside, path), mode);
      chmodSync(join(inside, 'there'), 0o555);
    });
    const found = Object.keys(modes).map((path) => [path, modeOf(join(own, path))]);
    expect(Object.fromEntries(found)).toEqual(modes);
    expect([homes(), told, context.out.stderr]).toEqual([[], [], '']);
  });

  it('a folder of the person’s gets nothing; that is said once and kept, and the rest comes', async () => {
    mkdirSync(join(own, 'mine'), { mode: 0o555 });
    await run((inside) => {
      put(join(inside, 'mine', 'new', 'file'));
      chmodSync(join(inside, 'mine', 'new'), 0o555);
      put(join(inside, 'other', 'file'));
    });
    expect(here()).toEqual(['mine', 'other', 'other/file']);
    expect(context.out.stderr).toMatch(/^codemie: \.gemini\/mine\/new.* could not be brought back \(EACCES/);
    const [kept = ''] = homes();
    const place = join(context.home, 'agent-homes', kept, '.gemini', 'mine', 'new');
    expect([readFileSync(join(place, 'file'), 'utf8'), modeOf(place)]).toEqual(['x', 0o555]);
    expect([await next(), homes()]).toEqual(['', [kept]]);
  });

  it('a home that cannot be removed is said once', async () => {
    refused.removal = 'stuck';
    await run((inside) => put(join(inside, 'ext', 'stuck')));
    expect(here()).toEqual(['ext', 'ext/stuck']);
    expect(context.out.stderr).toMatch(
      /^codemie: the agent's home of this run could not be removed \(EACCES/,
    );
    expect([await next(), homes()]).toEqual(['', [expect.stringMatching(/^kept-/)]]);
  });
});
