import type { Env } from '../system/env.ts';
import { printable } from '../system/printable.ts';
import { redact } from '../system/redact.ts';

/** Terminals that print sequences they do not understand. Windows Terminal sets no TERM. */
function isPlain({ TERM: term = '', WT_SESSION: windowsTerminal = '' }: Env): boolean {
  return term === '' ? windowsTerminal === '' : /^(dumb|linux|unknown)$/.test(term);
}

/**
 * A notice that does not disturb the screen while another program draws on it: the bell, the window title, and a
 * desktop notification (OSC 9 and OSC 777; a terminal supports one or none). The old title is saved on the terminal's
 * own stack (XTWINOPS 22).
 */
export function notification(text: string, env: Env): string {
  const { TMUX: tmux = '' } = env;
  if (isPlain(env)) return BELL;
  // Untrusted text must not end the sequence or separate fields.
  const words = printable(redact(text)).replaceAll(';', ',');
  const notes = [`9;${words}`, `777;notify;codemie;${words}`].map((body) => `${OSC}${body}${BELL}`).join('');
  return `${ESC}[22;0t${OSC}0;${words}${BELL}${tmux === '' ? notes : throughTmux(notes)}${BELL}`;
}

/** Restores the title that a notice replaced. */
export function asideEnd(env: Env): string {
  return isPlain(env) ? '' : `${ESC}[23;0t`;
}

const ESC = '\u001b';
const OSC = `${ESC}]`;
const BELL = '\u0007';

/** tmux passes sequences wrapped like this to the outer terminal, if its configuration allows it. */
function throughTmux(sequences: string): string {
  return `${ESC}Ptmux;${sequences.replaceAll(ESC, ESC + ESC)}${ESC}\\`;
}
