import { isRecord } from '../../system/json.ts';

/** @returns a name or an address with most of it hidden: `a…@e….com`. Enough to tell lines of a ticket apart. */
export function masked(text: string): string {
  const part = (word: string): string => (word.length <= 1 ? word : `${word[0]}…`);
  const at = text.lastIndexOf('@');
  if (at === -1) return part(text);
  const domain = text.slice(at + 1);
  const dot = domain.lastIndexOf('.');
  return `${part(text.slice(0, at))}@${dot === -1 ? part(domain) : `${part(domain.slice(0, dot))}${domain.slice(dot)}`}`;
}

/** Members of a plan's lines that say what something is, not who: they stay readable. */
const PLAIN = new Set(['do', 'id', 'class', 'reason', 'why', 'userType', 'admin', 'adminVia', 'hangsOn']);

/** @returns a summary whose lines name nobody: for a ticket. SQL to resolve a conflict is left out. */
export function withoutPeople<S extends { readonly shown: readonly object[] }>(summary: S): S {
  return { ...summary, shown: summary.shown.map((line) => maskedValue(line, '')) };
}

function maskedValue(value: unknown, name: string): unknown {
  if (PLAIN.has(name)) return value;
  if (typeof value === 'string') return masked(value);
  if (Array.isArray(value)) return value.map((item) => maskedValue(item, ''));
  if (!isRecord(value)) return value;
  const members = Object.entries(value).filter(([member]) => member !== 'resolutions');
  return Object.fromEntries(members.map(([member, inner]) => [member, maskedValue(inner, member)]));
}
