import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parse } from 'yaml';

const workflow = parse(readFileSync('.github/workflows/test.yml', 'utf8')) as {
  readonly jobs: {
    readonly test: {
      readonly strategy: { readonly matrix: { readonly os: string[]; readonly node: number[] } };
      readonly steps: readonly { readonly run?: string }[];
    };
  };
};
const { scripts, engines } = JSON.parse(readFileSync('package.json', 'utf8'));

it('the workflow tests three systems with each supported Node.js, from the oldest on', () => {
  const { os, node } = workflow.jobs.test.strategy.matrix;
  expect(os).toEqual(['ubuntu-latest', 'windows-latest', 'macos-latest']);
  expect(node).toEqual([20, 22, 24]);
  expect(engines.node).toMatch(new RegExp(`^>=${node[0]}\\.`));
});

it('the workflow runs scripts that exist', () => {
  const commands = workflow.jobs.test.steps.flatMap(({ run }) => run ?? []);
  expect(commands).toEqual(['npm ci', 'npm run test:unit', 'npm run test:e2e']);
  for (const command of commands.slice(1)) expect(scripts).toHaveProperty([command.replace('npm run ', '')]);
});

it('no test script needs a shell of one system', () => {
  for (const [name, command] of Object.entries<string>(scripts))
    expect(command, name).toMatch(/^[\w .:/-]+( && [\w .:/-]+)*$/);
});
