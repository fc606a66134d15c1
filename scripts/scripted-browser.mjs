#!/usr/bin/env node
// Stands in for a person's browser: opens the page it is given, follows redirects, keeps cookies. It works where the
// sandbox runs with --auto-approve; the real browser is tried in test/system.
const jar = new Map();
// `https://name=http://127.0.0.1:port`: a name that only a front server in the test knows.
const [name, place] = (process.env.SCRIPTED_BROWSER_ROUTE ?? '').split('=');

async function visit(address, left) {
  if (left === 0) throw new Error('too many redirects');
  const url = new URL(address);
  const cookies = [...(jar.get(url.origin) ?? new Map())]
    .map(([name, value]) => `${name}=${value}`)
    .join('; ');
  const fronted = place !== undefined && url.origin === name;
  const response = await fetch(fronted ? new URL(`${url.pathname}${url.search}`, place) : url, {
    redirect: 'manual',
    headers: {
      ...(cookies === '' ? {} : { cookie: cookies }),
      ...(fronted ? { 'x-forwarded-proto': 'https', 'x-forwarded-host': url.host } : {}),
    },
  });
  const own = jar.get(url.origin) ?? new Map();
  for (const line of response.headers.getSetCookie()) {
    const [pair] = line.split(';');
    const at = pair.indexOf('=');
    own.set(pair.slice(0, at), pair.slice(at + 1));
  }
  jar.set(url.origin, own);
  const next = response.headers.get('location');
  await response.arrayBuffer();
  if (next !== null && response.status >= 300 && response.status < 400)
    await visit(new URL(next, url), left - 1);
}

await visit(process.argv[2], 20);
