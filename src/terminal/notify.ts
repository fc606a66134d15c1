import type { Env } from '../system/env.ts';
import { printable } from '../system/printable.ts';
import { redact } from '../system/redact.ts';

/** Terminals that show what they do not understand. */
const PLAIN = /^(|dumb|linux|unknown)$/;

/**
 * A notice that leaves the screen as it is, for while another program draws on it: the bell, the window's title and a
 * notification of the desktop (OSC 0; OSC 9 and OSC 777, of which a terminal knows one or none). The title that was is kept
 * on the terminal's own stack (XTWINOPS 22).
 */
export function notification(text: string, env: Env): string {
  const { TERM: term = '', TMUX: tmux = '' } = env;
  if (PLAIN.test(term)) return BELL;
  // Whoever wrote the text, it ends no sequence and separates no fields.
  const words = printable(redact(text)).replaceAll(';', ',');
  const notes = [`9;${words}`, `777;notify;codemie;${words}`].map((body) => `${OSC}${body}${BELL}`).join('');
  return `${ESC}[22;0t${OSC}0;${words}${BELL}${tmux === '' ? notes : throughTmux(notes)}${BELL}`;
}

/** Puts the title back that a notice took. */
export function asideEnd(env: Env): string {
  return PLAIN.test(env['TERM'] ?? '') ? '' : `${ESC}[23;0t`;
}

const ESC = '\u001b';
const OSC = `${ESC}]`;
const BELL = '\u0007';

/** tmux hands on to the terminal it runs in what is wrapped so, where its owner allows that. */
function throughTmux(sequences: string): string {
  return `${ESC}Ptmux;${sequences.replaceAll(ESC, ESC + ESC)}${ESC}\\`;
}
