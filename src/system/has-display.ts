import type { Env } from './env.ts';

/** @returns whether a program can open a window on a Linux desktop (X11 or Wayland). */
export function hasDisplay(env: Env): boolean {
  return [env['DISPLAY'], env['WAYLAND_DISPLAY']].some((value) => (value ?? '') !== '');
}
