import { expect, it } from 'vitest';
import { ADAPTERS } from '../../src/agents/adapters/table.ts';
import { routeOf } from '../../src/gateway/routes.ts';

const TASK = '--dangerously-bypass-approvals-and-sandbox';
const FEED = {
  gatewayUrl: 'http://127.0.0.1:1',
  key: 'k',
  models: { main: 'm', haiku: 'm', sonnet: 'm', opus: 'm' },
  task: TASK,
  rest: ['--verbose'],
  trustWorkspace: true,
};
const USER = {
  env: {},
  cwd: '/repo',
  userHome: '/home/p',
  platform: 'linux',
  readFile: () => {
    throw new Error('there is no such file');
  },
  exists: () => false,
  isFile: () => false,
  namesIn: () => [],
} as const;

it.each(ADAPTERS)('$title does not read a task as an option', ({ launch }) => {
  const { argv } = launch(FEED, USER);
  const at = argv.indexOf(TASK);
  if (at === -1) expect(argv).toContain(`--prompt=${TASK}`);
  else expect([argv[at - 1], at]).toEqual(['--', argv.length - 1]);
  expect(argv).toContain('--verbose');
});

it.each(['/v1/models/..', '/v1/models/.', '/models/..'])('the gateway does not forward %s', (path) => {
  expect(routeOf('GET', path)).toEqual({ kind: 'unknown' });
  expect(routeOf('GET', '/v1/models/gpt-5..mini')).toMatchObject({ kind: 'forward' });
});
