import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, it } from 'vitest';
import { workingRepositoryOf } from '../../src/agents/repository.ts';
import { temporaryFolder } from '../support/context.ts';

function repository(config: string, head = 'ref: refs/heads/feature/one\n'): string {
  const folder = temporaryFolder();
  mkdirSync(join(folder, '.git'));
  writeFileSync(join(folder, '.git', 'config'), config);
  writeFileSync(join(folder, '.git', 'HEAD'), head);
  return folder;
}

it.each([
  ['https://github.com/acme/widgets.git', 'acme/widgets'],
  ['git@github.com:acme/widgets.git', 'acme/widgets'],
  ['https://ada:secret-of-ada@git.example/group/sub/widgets', 'sub/widgets'],
  ['ssh://git@git.example:2222/acme/widgets.js.git/', 'acme/widgets.js'],
])('a repository is named after its remote (%s), without the rest of the URL', (url, name) => {
  const folder = repository(
    `[core]\n\tbare = false\n[remote "origin"]\n\turl = ${url}\n\tfetch = +refs\n[branch "x"]\n`,
  );
  mkdirSync(join(folder, 'src', 'deep'), { recursive: true });
  expect(workingRepositoryOf(join(folder, 'src', 'deep'))).toEqual({
    repository: name,
    branch: 'feature/one',
  });
});

it('without a remote, the folder’s name counts; a detached HEAD has no branch', () => {
  const folder = repository('[remote "other"]\n\turl = https://h/a/b\n', '0123456789abcdef\n');
  expect(workingRepositoryOf(folder)).toEqual({ repository: basename(folder), branch: '' });
});

it('finds the metadata of a worktree', () => {
  const folder = repository('[remote "origin"]\n\turl = https://h/acme/widgets\n');
  const tree = temporaryFolder();
  const own = join(folder, '.git', 'worktrees', 'tree');
  mkdirSync(own, { recursive: true });
  writeFileSync(join(own, 'HEAD'), 'ref: refs/heads/other\n');
  writeFileSync(join(own, 'commondir'), '../..\n');
  writeFileSync(join(tree, '.git'), `gitdir: ${own}\n`);
  expect(workingRepositoryOf(tree)).toEqual({ repository: 'acme/widgets', branch: 'other' });
});

it('outside a repository, the folder’s name counts', () => {
  const folder = temporaryFolder();
  expect(workingRepositoryOf(folder)).toEqual({ repository: basename(folder), branch: '' });
});

it('a .git that links to itself does not break a run', () => {
  const folder = temporaryFolder();
  symlinkSync('.git', join(folder, '.git'));
  expect(workingRepositoryOf(folder)).toEqual({ repository: basename(folder), branch: '' });
});
