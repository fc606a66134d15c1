import type { AuditEntry } from '../../audit/entry.ts';
import { folderOf } from '../../audit/files.ts';
import { readEntries, settled } from '../../audit/log.ts';
import { parseDuration } from '../../system/duration.ts';
import { usageError } from '../../system/errors.ts';
import type { CommandRun } from '../spec.ts';

/** `codemie audit show`: events of credentials on this machine, newest last. */
export const run: CommandRun = async ({ options }, context) => {
  const since = options.text('since');
  const from = since === undefined ? 0 : context.clock.now() - parseDuration(since, '--since');
  const limit = limitFrom(options.text('limit'));
  const entries = (await settled(context, () => readEntries(folderOf(context.home))))
    .filter((entry) => Date.parse(entry.at) >= from)
    .slice(-limit);
  const { terminal } = context;
  if (options.on('json')) terminal.print(JSON.stringify({ schemaVersion: 1, entries }));
  else if (entries.length === 0) terminal.print('No entries.');
  else for (const entry of entries) terminal.print(lineOf(entry));
  return 0;
};

function limitFrom(text = '100'): number {
  if (/^\d{1,7}$/.test(text) && Number(text) > 0) return Number(text);
  throw usageError(`--limit takes a number, not "${text}".`, { fix: 'codemie audit show --limit 100' });
}

const FRAME = new Set(['seq', 'id', 'at', 'pid', 'prev', 'hash', 'event']);

function shown(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  const parts = Array.isArray(value)
    ? value
    : Object.entries(value).map(([name, count]) => `${name}:${count}`);
  return parts.join(',');
}

function lineOf(entry: AuditEntry): string {
  const facts = Object.entries(entry)
    .filter(([name]) => !FRAME.has(name))
    .map(([name, value]) => `${name}=${shown(value)}`);
  return `${entry.at}  ${entry.event.padEnd(12)} ${facts.join(' ')}`;
}
