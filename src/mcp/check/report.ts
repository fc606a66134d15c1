import type { ChalkInstance } from 'chalk';
import type { ExitName } from '../../system/exit-codes.ts';
import { harmless } from '../../system/printable.ts';
import { redact } from '../../system/redact.ts';
import { plainAddress } from '../log.ts';
import type { Checked, StepId } from './steps.ts';

const WORDS = { ok: 'ok  ', warn: 'warn', fail: 'FAIL', skip: 'skip' } as const;
const TITLES: Readonly<Record<StepId, string>> = {
  'resource-metadata': 'Resource metadata',
  'server-metadata': 'Sign-in server',
  registration: 'Registration',
  authorize: 'Sign-in page',
  token: 'Stored sign-in',
  initialize: 'Session',
};

const CONCLUSIONS: Partial<Record<ExitName, string>> = {
  ok: 'The server can be used.',
  auth: 'Sign in to use the server.',
  unreachable: 'The server, or one that it needs, cannot be reached.',
  denied: 'The server leads to an address that is not allowed.',
};

/** A line per step, in words that support can read, and the next move below it. */
export function checkText(url: URL, { steps, exit }: Checked, colors: ChalkInstance): string {
  const paint = { ok: colors.green, warn: colors.yellow, fail: colors.red, skip: colors.dim };
  const width = Math.max(...Object.values(TITLES).map(({ length }) => length));
  const lines = steps.flatMap(({ id, status, detail, fix }) => [
    `${paint[status](WORDS[status])}  ${TITLES[id].padEnd(width)}  ${detail}`,
    ...fix.map((command) => `${' '.repeat(width + 8)}fix: ${command}`),
  ]);
  const last = CONCLUSIONS[exit] ?? 'The server cannot be used with these options.';
  return redact([plainAddress(url), '', ...lines.map(harmless), '', last].join('\n'));
}

/** The same facts for scripts. */
export function checkFacts(url: URL, { steps, exit }: Checked): Record<string, unknown> {
  return { schemaVersion: 1, url: plainAddress(url), ok: exit === 'ok', steps };
}
