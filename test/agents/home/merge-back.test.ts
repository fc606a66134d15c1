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
import { privateHome } from '../../support/private-home.ts';

/** What fails, besides what file modes forbid. */
const refused = vi.hoisted(() => ({ removal: '', byModes: true }));

/** Enforces file modes even for root, who would otherwise be refused nothing. */
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
  // Includes the folders that may not be written.
  removeFolder(context.userHome);
});

const put = (path: string, text = 'x', mode = 0o600): void => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  chmodSync(path, mode);
};
/** A run in which the agent calls `write` on its home. */
const run = (write: (inside: string) => void | Promise<void>, links: readonly string[] = []): Promise<void> =>
  inPrivateHome(
    context,
    privateHome(own, links, { withHomePaths: ['linked/enabled.json'] }),
    (message) => told.push(message),
    async (folder) => write(join(folder, '.gemini')),
  );
const here = (): string[] => (readdirSync(own, { recursive: true }) as string[]).sort();
const homes = (): string[] => readdirSync(join(context.home, 'agent-homes'));
const modeOf = (path: string): number => statSync(path).mode & 0o777;
/** Messages of the next launch. */
const next = async (): Promise<string> => {
  context.out.stderr = '';
  told = [];
  await recoverHomes(context, (message) => told.push(message));
  return context.out.stderr + told.join();
};

describe('what cannot be brought back', () => {
  it.skipIf(process.platform === 'win32')('sockets and pipes are left out silently', async () => {
    mkdirSync(join(own, 'there'));
    const server = createServer();
    await run(async (inside) => {
      for (const folder of ['.', 'there', 'new', 'new/deep']) {
        put(join(inside, folder, 'file'));
        execFileSync('mkfifo', [join(inside, folder, 'pipe')]);
      }
      // Socket paths have a short limit.
      const socket = relative(process.cwd(), join(inside, 'new', 'socket'));
      await new Promise<void>((resolve) => server.listen(socket, resolve));
    });
    server.close();
    expect(here()).toEqual(['file', 'new', 'new/deep', 'new/deep/file', 'new/file', 'there', 'there/file']);
    expect([homes(), told, context.out.stderr]).toEqual([[], [], '']);
  });

  it('links are copied as links, wherever they point', async () => {
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

  it('is reported once and kept, and everything else is copied', async () => {
    mkdirSync(join(own, 'there'));
    mkdirSync(join(own, 'taken'));
    await run((inside) => {
      put(join(inside, 'taken'), 'a folder of the user has this name');
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
      /^codemie: couldn't save \.gemini\/\S+, \.gemini\/\S+, \.gemini\/\S+ and 2 more \(E\w+: .*\); the files are in /,
    );
    expect(context.out.stderr).toContain(place);
    expect([homes().length, existsSync(join(place, '.gemini', 'new', 'deep', 'closed'))]).toEqual([1, true]);
    expect([await next(), homes()]).toEqual(['', [kept]]);
  });

  it('a file with home paths that cannot be read does not hold back the rest', async () => {
    put(join(own, 'linked', 'enabled.json'), '{}', 0);
    await run((inside) => put(join(inside, 'file')), ['linked']);
    expect(readFileSync(join(own, 'file'), 'utf8')).toBe('x');
    expect([homes(), told]).toEqual([[], [expect.stringContaining('enabled.json')]]);
  });

  it('is reported and kept when the run’s record is broken', async () => {
    await run((inside) => writeFileSync(join(inside, '..', 'run.json'), '{"ho'));
    expect(context.out.stderr).toContain("couldn't save the agent's changes");
    expect([await next(), homes().length]).toEqual(['', 1]);
  });
});

it('odd entries in the user’s folder do not stop a launch', async () => {
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

describe('write-protected files and folders', () => {
  it('are copied with their modes, and the home is removed', async () => {
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

  it('a write-protected folder of the user’s gets nothing; that is reported once and kept, and the rest is copied', async () => {
    mkdirSync(join(own, 'mine'), { mode: 0o555 });
    await run((inside) => {
      put(join(inside, 'mine', 'new', 'file'));
      chmodSync(join(inside, 'mine', 'new'), 0o555);
      put(join(inside, 'other', 'file'));
    });
    expect(here()).toEqual(['mine', 'other', 'other/file']);
    expect(context.out.stderr).toMatch(/^codemie: couldn't save \.gemini\/mine\/new.* \(EACCES/);
    const [kept = ''] = homes();
    const place = join(context.home, 'agent-homes', kept, '.gemini', 'mine', 'new');
    expect([readFileSync(join(place, 'file'), 'utf8'), modeOf(place)]).toEqual(['x', 0o555]);
    expect([await next(), homes()]).toEqual(['', [kept]]);
  });

  it('a home that cannot be removed is reported once', async () => {
    refused.removal = 'stuck';
    await run((inside) => put(join(inside, 'ext', 'stuck')));
    expect(here()).toEqual(['ext', 'ext/stuck']);
    expect(context.out.stderr).toMatch(/^codemie: couldn't delete the agent's home of this run \(EACCES/);
    expect([await next(), homes()]).toEqual(['', [expect.stringMatching(/^kept-/)]]);
  });
});
