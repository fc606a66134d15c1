import { expect, it } from 'vitest';
import { endedNotice } from '../../src/commands/agents/sign-in-ended.ts';
import { asideEnd, notification } from '../../src/terminal/notify.ts';
import { testContext } from '../support/context.ts';

const TERM = 'xterm-256color';

it('a notice is a bell, a title and a notification, and draws nothing', () => {
  expect(notification('codemie: sign in', { TERM })).toBe(
    '\u001b[22;0t\u001b]0;codemie: sign in\u0007\u001b]9;codemie: sign in\u0007\u001b]777;notify;codemie;codemie: sign in\u0007\u0007',
  );
  expect(asideEnd({ TERM })).toBe('\u001b[23;0t');
  expect(notification('x', { TERM, TMUX: '/tmp/s,1,0' })).toContain(
    '\u001bPtmux;\u001b\u001b]9;x\u0007\u001b\u001b]777;notify;codemie;x\u0007\u001b\\',
  );
  for (const plain of [{ TERM: 'dumb' }, { TERM: 'linux' }, {}])
    expect([notification('x', plain), asideEnd(plain)]).toEqual(['\u0007', '']);
});

it('Windows Terminal, which sets no TERM, gets the title and the notification', () => {
  const env = { WT_SESSION: '6a1f' };
  expect(notification('x', env)).toBe(notification('x', { TERM }));
  expect(asideEnd(env)).toBe(asideEnd({ TERM }));
});

it('untrusted text in a notice cannot move the cursor or end the sequence', () => {
  const notice = notification(
    'a\u0007b\u001b[2Jc\u009d0;d\u202ee;f\neyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln',
    { TERM },
  );
  const fields = notice.split('\u0007').map((part) => part.split(';').at(-1));
  for (const field of fields.slice(0, 3)) expect(field).toBe('a b [2Jc 0,d e,f [redacted]');
  expect(notice).not.toMatch(/[\u0080-\u009f\u202e\n]/);
});

it.each([
  [
    'a conversation at a terminal',
    { tty: true, silent: false, talk: true },
    /^\u001b\[22;0t.*\u0007\u001b\[23;0t$/,
  ],
  ['a conversation whose messages go elsewhere', { tty: false, silent: false, talk: true }, /^$/],
  ['a task', { tty: false, silent: false, talk: false }, /^codemie: sign in\n$/],
  ['a task at a terminal', { tty: true, silent: false, talk: false }, /^codemie: sign in\n$/],
  ['--silent', { tty: true, silent: true, talk: true }, /^$/],
])('an ended sign-in is reported in %s', (_what, { tty, silent, talk }, expected) => {
  const context = testContext({ tty, env: { TERM } });
  const notice = endedNotice(context, silent, () => talk);
  notice.tell('sign in');
  notice.close();
  expect(context.out.stderr).toMatch(expected);
});

it('the title stays unchanged if the sign-in did not end', () => {
  const context = testContext({ tty: true, env: { TERM } });
  endedNotice(context, false, () => true).close();
  expect(context.out.stderr).toBe('');
});
