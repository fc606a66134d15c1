import { usageError } from './errors.ts';

const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * Parses `90`, `90s`, `5m`, `1h30m`, `30d`, `250ms`; a bare number is seconds.
 * @returns milliseconds
 * @throws USAGE for anything else, and for more than a hundred years, naming `what` (the flag).
 */
export function parseDuration(text: string, what: string): number {
  const ms = durationIn(text.trim().toLowerCase(), what);
  if (ms <= LONGEST_MS) return ms;
  throw usageError(`${what} must be shorter than ${formatSpan(LONGEST_MS)}.`);
}

/** A later time may not be a date any more. */
const LONGEST_MS = 36_500 * UNITS.d;

/**
 * Parses the duration of a wait.
 *
 * @throws USAGE if it is not longer than 0, or longer than a timer can wait: such a timer would end at once.
 */
export function parseTimeout(text: string, what: string): number {
  const ms = parseWait(text, what);
  if (ms > 0) return ms;
  throw usageError(`${what} must be longer than 0.`);
}

/**
 * Parses how long to wait for something that may be there already. 0 does not wait.
 *
 * @throws USAGE if it is longer than a timer can wait: such a timer would end at once.
 */
export function parseWait(text: string, what: string): number {
  const ms = parseDuration(text, what);
  if (ms <= LONGEST_TIMER_MS) return ms;
  throw usageError(`${what} must be shorter than ${formatSpan(LONGEST_TIMER_MS)}.`);
}

/** Node's timers take less than 2^31 ms. */
const LONGEST_TIMER_MS = 24 * UNITS.d;

function durationIn(value: string, what: string): number {
  if (/^\d+(\.\d+)?$/.test(value)) return Math.round(Number(value) * 1000);
  if (!/^(\d+(\.\d+)?(ms|s|m|h|d))+$/.test(value)) {
    throw usageError(`${what} must be a duration such as 90s, 5m or 1h30m, not "${value.slice(0, 40)}".`);
  }
  let total = 0;
  for (const [, amount, unit] of value.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)) {
    total += Number(amount) * UNITS[unit as keyof typeof UNITS];
  }
  return Math.round(total);
}

/** @returns a human-readable duration in at most two units: `3 h 12 min`, `45 s`. */
export function formatSpan(ms: number): string {
  const seconds = Math.max(0, Math.round(Math.abs(ms) / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  const days = Math.floor(hours / 24);
  return hours % 24 === 0 ? `${days} d` : `${days} d ${hours % 24} h`;
}

/** @returns `in 3 h 12 min (2026-01-02 15:04 +01:00)` or `3 min ago (…)`. */
export function formatInstant(at: number, now: number): string {
  const span = formatSpan(at - now);
  const relative = at >= now ? `in ${span}` : `${span} ago`;
  return `${relative} (${formatLocal(at)})`;
}

function formatLocal(at: number): string {
  const date = new Date(at);
  const pad = (n: number): string => String(Math.abs(n)).padStart(2, '0');
  const offset = -date.getTimezoneOffset();
  const zone = `${offset < 0 ? '-' : '+'}${pad(Math.trunc(offset / 60))}:${pad(offset % 60)}`;
  const day = `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
  return `${day} ${pad(date.getHours())}:${pad(date.getMinutes())} ${zone}`;
}
