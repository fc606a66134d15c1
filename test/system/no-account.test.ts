import { expect, it, vi } from 'vitest';
import { ADAPTERS } from '../../src/agents/adapters/table.ts';
import { announceTracking } from '../../src/commands/agents/session-audit.ts';
import { testContext } from '../support/context.ts';

// A bare user id in a container: the system knows no account for it, and Node throws.
vi.mock(import('node:os'), async (original) => {
  const unknown = () => {
    throw Object.assign(new Error('A system error occurred: uv_os_homedir returned ENOENT'), {
      code: 'ENOENT',
    });
  };
  return { ...(await original()), homedir: unknown, userInfo: unknown };
});

it('a bare user id without HOME works with CODEMIE_HOME', () => {
  expect(testContext({ env: { HOME: undefined, CODEMIE_HOME: '/data/codemie' } })).toMatchObject({
    home: '/data/codemie',
    userHome: '/data/codemie',
  });
});

it.each([undefined, '', 'relative'])(
  'a bare user id with HOME and CODEMIE_HOME %j is HOME_UNKNOWN',
  (value) => {
    expect(() => testContext({ env: { HOME: value, CODEMIE_HOME: value } })).toThrow(
      expect.objectContaining({ code: 'HOME_UNKNOWN', exit: 'config' }),
    );
  },
);

it('an agent runs although the announcement of tracking cannot be remembered in a read-only home', () => {
  const context = testContext({ env: { CODEMIE_HOME: '/dev/null/codemie' } });
  const [claude] = ADAPTERS;
  if (claude === undefined) throw new Error('no adapters');
  announceTracking(context, claude);
  expect(context.out.stderr).toContain('counted in the local audit log');
});
