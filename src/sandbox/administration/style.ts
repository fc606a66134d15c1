import { createHash } from 'node:crypto';

/** Colors keep a contrast of at least 4.5 to 1, in both schemes. */
export const STYLE = `
:root{color-scheme:light dark;--text:#1b1b1f;--back:#fff;--line:#767680;--link:#0b57d0;--bad:#8c0009;--good:#0a5c1f;--soft:#f3f3f7}
@media(prefers-color-scheme:dark){:root{--text:#e4e2e6;--back:#1b1b1f;--line:#90909a;--link:#a8c7fa;--bad:#ffb4ab;--good:#8fd99b;--soft:#2a2a30}}
body{font:1rem/1.5 system-ui,sans-serif;max-width:72rem;margin:0 auto;padding:0 1rem 4rem;color:var(--text);background:var(--back)}
a{color:var(--link)}h1{font-size:1.5rem}h2{font-size:1.2rem;margin-top:2rem}
:focus-visible{outline:3px solid var(--link);outline-offset:2px}
.skip{position:absolute;left:-99rem}.skip:focus{left:1rem;top:.5rem;background:var(--back);padding:.5rem}
.hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
header,.row,nav ul{display:flex;flex-wrap:wrap;gap:.5rem 1rem;align-items:end}
header,header .row{align-items:center}header{justify-content:space-between;border-bottom:1px solid var(--line);padding:.75rem 0}
nav ul{list-style:none;margin:0;padding:0}main>nav{margin-top:1rem}nav.tabs{border-bottom:1px solid var(--line);margin:1rem 0}
nav.tabs a{display:block;padding:.5rem .75rem;text-decoration:none}
[aria-current=page]{font-weight:bold;box-shadow:inset 0 -3px var(--link)}
label{display:block}input,select,textarea{box-sizing:border-box;max-width:100%}textarea{width:30rem}main form{margin:.5rem 0}main form>div{margin:0 0 .5rem}
input,select,button,textarea{font:inherit;padding:.35rem .5rem;color:var(--text);background:var(--back);border:1px solid var(--line);border-radius:4px}
button{background:var(--soft);cursor:pointer}form.inline{display:inline-flex;gap:.5rem;margin:0}main form.inline>div,main form.row>div{margin:0}
.check{display:flex;gap:.5rem;align-items:center}fieldset{border:1px solid var(--line);margin:0 0 1rem}
.scroll{overflow-x:auto;position:relative}table{border-collapse:collapse;width:100%}caption{text-align:left;padding:.5rem 0}
th,td{text-align:left;padding:.5rem;border-bottom:1px solid var(--line);vertical-align:top}
.badge{display:inline-block;background:var(--soft);border-radius:4px;padding:0 .4rem;margin:0 .25rem .25rem 0}
dl{display:grid;grid-template-columns:max-content auto;gap:.25rem 1rem}dt{font-weight:bold}dd{margin:0}
.notice{border-left:4px solid var(--good);background:var(--soft);padding:.5rem 1rem;margin:1rem 0}
.problem{border-color:var(--bad)}.problem h2{color:var(--bad);margin:.25rem 0}.notice p{margin:.25rem 0}
`;

const HASH = createHash('sha256').update(STYLE).digest('base64');

/** The page needs no script, image or font, and nobody may show it in a frame. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': `default-src 'none'; style-src 'sha256-${HASH}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
  'x-frame-options': 'DENY',
  'x-content-type-options': 'nosniff',
  // Not "no-referrer": with it a browser sends "Origin: null" with a form.
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cache-control': 'no-store',
};
