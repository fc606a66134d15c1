import { createHash } from 'node:crypto';

const STYLE =
  'body{font:1.05rem/1.6 system-ui,sans-serif;margin:0;min-height:100vh;display:grid;place-items:center;color:#1b1b1f;background:#f6f5f8}' +
  'main{max-width:28rem;padding:2.5rem;background:#fff;border-radius:14px;box-shadow:0 6px 30px #0001}' +
  'h1{font-size:1.4rem;margin:0 0 .5rem}p{margin:.4rem 0}.mark{font-size:2rem;line-height:1}' +
  '@media(prefers-color-scheme:dark){body{color:#e4e2e6;background:#131316}main{background:#1f1f23}}';

const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64');

/** Nothing is stored, told on, or run: the page is inert (S8). */
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

/** @param detail shown below, escaped. */
export function callbackPage(kind: keyof typeof TEXTS, detail = ''): string {
  const { mark, title, text } = TEXTS[kind];
  const paragraphs = [text, detail].filter((line) => line !== '').map((line) => `<p>${escapeHtml(line)}</p>`);
  return (
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">` +
    `<title>codemie: ${title}</title><style>${STYLE}</style></head><body><main>` +
    `<div class="mark" aria-hidden="true">${mark}</div><h1>${title}</h1>${paragraphs.join('')}</main></body></html>`
  );
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}
