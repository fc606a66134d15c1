import type { Origin } from '../net/origin.ts';

const API_PATH = '/code-assistant-api';

/** @returns the base of the platform's API: `{origin}/code-assistant-api`. */
export function apiBase(origin: Origin): string {
  return `${origin}${API_PATH}`;
}
