import { createHash } from 'node:crypto';
import { escapeHtml } from '../../system/escape-html.ts';

const STYLE = [
  ':root{color-scheme:light dark;--ink:#1b1b1f;--soft:#5b5b66;--paper:#f6f5f8;--card:#fff;--good:#137333;--bad:#b3261e}',
  '@media(prefers-color-scheme:dark){:root{--ink:#e6e4ea;--soft:#aeacb6;--paper:#131316;--card:#1f1f23;--good:#7bd88f;--bad:#f2b8b5}}',
  'body{font:1.05rem/1.6 system-ui,sans-serif;margin:0;min-height:100vh;display:grid;place-items:center;color:var(--ink);background:var(--paper)}',
  'main{max-width:26rem;margin:1rem;padding:2.5rem;background:var(--card);border-radius:14px;box-shadow:0 6px 30px #00000018}',
  'h1{font-size:1.4rem;margin:.75rem 0 .5rem}p{margin:.4rem 0}.detail{color:var(--soft);overflow-wrap:anywhere}',
  '.mark{width:3rem;height:3rem;border-radius:50%;display:grid;place-items:center;font-size:1.6rem;color:var(--card);background:var(--bad)}',
  '.signed-in .mark{background:var(--good)}',
].join('');

const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64');

/** The page is inert: nothing is cached, sent as a referrer, or run (S8). */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'content-security-policy': `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  connection: 'close',
};

const TEXTS = {
  'signed-in': {
    mark: '✓',
    title: 'You are signed in',
    text: 'You can close this window and go back to the terminal.',
  },
  failed: {
    mark: '✕',
    title: 'Sign-in did not complete',
    text: 'The terminal says what happened. You can close this window.',
  },
  refused: { mark: '✕', title: 'Request refused', text: '' },
} as const;

/** @param detail shown below the text, escaped. */
export function callbackPage(kind: keyof typeof TEXTS, detail = ''): string {
  const { mark, title, text } = TEXTS[kind];
  const paragraphs = [
    text === '' ? '' : `<p>${text}</p>`,
    detail === '' ? '' : `<p class="detail">${escapeHtml(detail)}</p>`,
  ].join('');
  return (
    '<!doctype html><html lang="en"><head><meta charset="utf-8">' +
    '<meta name="viewport" content="width=device-width, initial-scale=1">' +
    `<title>codemie: ${title}</title><style>${STYLE}</style></head><body><main class="${kind}" role="status">` +
    `<div class="mark" aria-hidden="true">${mark}</div><h1>${title}</h1>${paragraphs}</main></body></html>`
  );
}
