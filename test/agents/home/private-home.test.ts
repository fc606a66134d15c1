import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { PrivateHome } from '../../../src/agents/adapters/adapter.ts';
import { inPrivateHome, recoverHomes } from '../../../src/agents/home/private-home.ts';
import { type TestContext, testContext } from '../../support/context.ts';

const ADDRESS = 'http://127.0.0.1:1234';
const KEY = `codemie-${'k'.repeat(43)}`;

let context: TestContext;
let own: string;
let told: string[];
beforeEach(() => {
  context = testContext();
  own = join(context.userHome, '.gemini');
  told = [];
  mkdirSync(own);
});

/** The user's settings, with the overrides of the adapter. */
function home(settings: Record<string, unknown> = {}, links: readonly string[] = []): PrivateHome {
  return {
    folder: '.gemini',
    own,
    settings: { ...settings, auth: { type: 'ours' } },
    overridden: ['auth.type'],
    address: ADDRESS,
    withHomePaths: ['ext/enabled.json'],
    links: Object.fromEntries(links.map((name) => [name, join(own, name)])),
    keep: [],
  };
}

const put = (path: string, value: unknown, mode = 0o600): void => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, typeof value === 'string' ? value : JSON.stringify(value), { mode });
};
const read = (...path: string[]): unknown => JSON.parse(readFileSync(join(own, ...path), 'utf8'));
const names = (): string[] => readdirSync(own).sort();
const homes = (): string[] => readdirSync(join(context.home, 'agent-homes'));
/** Saves as most programs do: a new file replaces the old one, or the link to it. */
const save = (path: string, value: unknown): void => {
  put(`${path}.new`, value);
  renameSync(`${path}.new`, path);
};

/** A run in which the agent calls `write` on its home. */
const run = (given: PrivateHome, write: (inside: string, folder: string) => void): Promise<void> =>
  inPrivateHome(
    context,
    given,
    (message) => told.push(message),
    async (folder) => write(join(folder, '.gemini'), folder),
  );

describe('what an agent writes in its private home is copied back', () => {
  it('without the paths of that home, also as Windows spells them in JSON: with \\\\ or with /', async () => {
    Object.assign(context, { home: join(context.userHome, 'C:\\Users\\me') });
    await run(home(), (inside, folder) => {
      const texts = [folder, JSON.stringify(folder).slice(1, -1), folder.replaceAll('\\', '/')];
      put(join(inside, 'paths'), texts.map((text) => `"${text}/.gemini/x"`).join('\n'));
    });
    const saved = readFileSync(join(own, 'paths'), 'utf8').split('\n');
    expect(saved).toEqual(saved.map(() => `"${own}/x"`));
    expect(saved).toHaveLength(3);
  });

  it('new files and folders keep their modes, and the run leaves nothing behind', async () => {
    await run(home(), (inside) => {
      put(join(inside, 'tokens.json'), { a: 1 }, 0o640);
      put(join(inside, 'ext', 'one', 'run.sh'), '#!/bin/sh\n', 0o755);
      put(join(inside, 'notes'), 'words');
      put(join(inside, 'half.tmp'), 'x');
      mkdirSync(join(inside, 'tokens.json.lock'));
    });
    expect(names()).toEqual(['ext', 'notes', 'tokens.json']);
    expect(statSync(join(own, 'tokens.json')).mode & 0o777).toBe(0o640);
    expect(statSync(join(own, 'ext', 'one', 'run.sh')).mode & 0o777).toBe(0o755);
    expect([homes(), told]).toEqual([[], []]);
  });

  it('changed settings are copied without our overrides; unchanged ones stay untouched', async () => {
    const mine = { theme: 'x', gone: 1, auth: { type: 'mine' } };
    put(join(own, 'settings.json'), mine);
    const before = statSync(join(own, 'settings.json')).ino;
    await run(home(mine), () => undefined);
    expect(statSync(join(own, 'settings.json')).ino).toBe(before);
    await run(home(mine), (inside) =>
      put(join(inside, 'settings.json'), {
        theme: 'x',
        auth: { type: 'chosen in the run', fresh: true },
        servers: { srv: { command: 'node', url: `${ADDRESS}/x`, env: { K: KEY, OTHER: 'o' } } },
      }),
    );
    expect(read('settings.json')).toEqual({
      theme: 'x',
      auth: { type: 'mine', fresh: true },
      servers: { srv: { command: 'node', env: { OTHER: 'o' } } },
    });
    expect(told).toEqual([]);
  });

  it('a user without settings does not get any, not even an empty object', async () => {
    await run(home(), (inside) =>
      put(join(inside, 'settings.json'), { auth: { type: 'other' }, theme: 'dark' }),
    );
    expect(read('settings.json')).toEqual({ theme: 'dark' });
  });

  it('a copy keeps the comments of the settings, and a message says where', async () => {
    put(join(own, 'settings.json'), '// mine\n{"theme":"x"}');
    await run(home({ theme: 'x' }), (inside) =>
      put(join(inside, 'settings.json'), { theme: 'y', auth: { type: 'ours' } }),
    );
    expect(read('settings.json')).toEqual({ theme: 'y' });
    expect(readFileSync(join(own, 'settings.json.with-comments'), 'utf8')).toContain('// mine');
    expect(told).toEqual([expect.stringContaining('with-comments')]);
  });

  it('a file that replaced a link goes where the user keeps it; their folder keeps its mode', async () => {
    const elsewhere = join(context.userHome, 'dotfiles', 'trusted.json');
    put(elsewhere, { '/a': 'yes' });
    symlinkSync(elsewhere, join(own, 'trusted.json'));
    const modes = (): number[] => [own, dirname(elsewhere)].map((path) => statSync(path).mode);
    const before = modes();
    await run(home({}, ['trusted.json']), (inside) =>
      save(join(inside, 'trusted.json'), { '/a': 'yes', '/b': 'yes' }),
    );
    expect(JSON.parse(readFileSync(elsewhere, 'utf8'))).toEqual({ '/a': 'yes', '/b': 'yes' });
    expect(modes()).toEqual(before);
  });

  it('paths of the private home become paths of the user’s home', async () => {
    await run(home(), (inside, folder) => put(join(inside, 'ext', 'enabled.json'), { e: [`${folder}/*`] }));
    expect(read('ext', 'enabled.json')).toEqual({ e: [`${context.userHome}/*`] });
    mkdirSync(join(own, 'linked'));
    put(join(own, 'linked', 'enabled.json'), {});
    const linked = { ...home({}, ['linked']), withHomePaths: ['linked/enabled.json'] };
    await run(linked, (inside, folder) =>
      put(join(inside, 'linked', 'enabled.json'), { e: [`${folder}/*`] }),
    );
    expect(read('linked', 'enabled.json')).toEqual({ e: [`${context.userHome}/*`] });
  });

  it('files with the run’s key or address stay behind', async () => {
    await run(home(), (inside) => {
      put(join(inside, 'cache'), `x ${KEY} y`);
      put(join(inside, 'list'), `x ${ADDRESS}/v1 y`);
    });
    expect([names(), told]).toEqual([
      [],
      [expect.stringContaining('cache'), expect.stringContaining('list')],
    ]);
  });
});

describe('what the user changed during the run is not overwritten', () => {
  it('JSON is merged', async () => {
    const links = ['trusted.json'];
    put(join(own, 'trusted.json'), { a: 1, b: 1, c: 1 });
    put(join(own, 'settings.json'), { theme: 'x' });
    await run(home({ theme: 'x' }, links), (inside) => {
      save(join(inside, 'trusted.json'), { a: 2, b: 1 });
      put(join(inside, 'settings.json'), { theme: 'x', auth: { type: 'ours' }, from: 'run' });
      save(join(own, 'trusted.json'), { a: 1, b: 3, c: 1, d: 1 });
      put(join(own, 'settings.json'), { theme: 'z', mine: true });
    });
    expect(read('trusted.json')).toEqual({ a: 2, b: 3, d: 1 });
    expect(read('settings.json')).toEqual({ theme: 'z', mine: true, from: 'run' });
  });

  it('any other file is written beside it, and a message says where', async () => {
    put(join(own, 'memory.md'), 'before');
    await run(home({}, ['memory.md']), (inside) => {
      save(join(inside, 'memory.md'), 'of the run');
      put(join(inside, 'ext', 'x'), 'of the run');
      put(join(inside, 'ext', 'y'), 'of the run');
      put(join(inside, 'settings.json'), { theme: 'of the run', auth: { type: 'ours' } });
      save(join(own, 'memory.md'), 'of the user');
      put(join(own, 'ext', 'x'), 'of the user');
      put(join(own, 'settings.json'), '{ half');
    });
    expect(readFileSync(join(own, 'memory.md'), 'utf8')).toBe('of the user');
    expect(readFileSync(join(own, 'ext', 'x'), 'utf8')).toBe('of the user');
    expect(readFileSync(join(own, 'ext', 'y'), 'utf8')).toBe('of the run');
    expect(readFileSync(join(own, 'settings.json'), 'utf8')).toBe('{ half');
    const beside = names().filter((name) => name.includes('.from-run-'));
    expect(beside.map((name) => name.split('.from-')[0])).toEqual(['memory.md', 'settings.json']);
    expect(read(beside[1] ?? '')).toEqual({ theme: 'of the run' });
    expect(told).toHaveLength(3);
  });
});

it('a home that cannot be created gives one clear error and leaves nothing behind', async () => {
  const blocked = { ...home(), keep: [join(own, 'file', 'below')] };
  put(join(own, 'file'), 'x');
  await expect(run(blocked, () => undefined)).rejects.toMatchObject({ code: 'AGENT_HOME', exit: 'failed' });
  expect([homes(), told]).toEqual([[], []]);
});

describe('a home whose launcher was killed', () => {
  /** Leaves a home behind as SIGKILL would: with its lock, held by a dead process. */
  async function killed(): Promise<void> {
    const folder = await new Promise<string>((resolve) => {
      void inPrivateHome(
        context,
        home(),
        () => undefined,
        async (folder) => {
          put(join(folder, '.gemini', 'tokens.json'), { a: 1 });
          put(join(folder, '.gemini', 'settings.json'), { auth: { type: 'ours' }, servers: { srv: {} } });
          resolve(folder);
          await new Promise(() => undefined);
        },
      );
    });
    const lock = join(folder, 'lock');
    const [, ...rest] = readFileSync(lock, 'utf8').split(' ');
    expect(await recover()).toEqual([]);
    expect(names()).toEqual([]);
    writeFileSync(lock, ['999999999', ...rest].join(' '));
  }
  const recover = async (): Promise<string[]> => {
    await recoverHomes(context, (message) => told.push(message));
    return told;
  };

  it('is recovered by the next launch; one in use is left alone', async () => {
    await killed();
    expect(await recover()).toEqual([]);
    expect([read('tokens.json'), read('settings.json')]).toEqual([{ a: 1 }, { servers: { srv: {} } }]);
    expect(homes()).toEqual([]);
  });

  it('is left alone while its launcher is suspended in another container', async () => {
    await killed();
    const [run = ''] = homes();
    const lock = join(context.home, 'agent-homes', run, 'lock');
    const [, host, , ...rest] = readFileSync(lock, 'utf8').split(' ');
    writeFileSync(lock, ['7', host, 'pid-4026539999-', ...rest].join(' '));
    const before = new Date(Date.now() - 17_000);
    utimesSync(lock, before, before);
    expect(await recover()).toEqual([]);
    expect(homes()).toEqual([run]);
    expect(names()).toEqual([]);
  });

  it('is kept and reported once when it cannot be recovered', async () => {
    await killed();
    rmSync(own, { recursive: true });
    writeFileSync(own, 'no folder');
    await recover();
    await recover();
    expect(context.out.stderr.match(/couldn't save .*; the files are in /g)).toHaveLength(1);
    expect(homes()).toEqual([expect.stringMatching(/^kept-/)]);
  });
});
