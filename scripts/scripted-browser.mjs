#!/usr/bin/env node
// Stands in for a user's browser: opens the given page, follows redirects and keeps cookies. It works when the
// sandbox runs with --auto-approve; test/real uses a real browser.
import { get } from 'node:http';

const jar = new Map();
// `https://name=http://127.0.0.1:port`: a host name that only a front server in the test knows.
const [name, place] = (process.env.SCRIPTED_BROWSER_ROUTE ?? '').split('=');

/** A browser accepts longer URLs than Node's fetch. */
function ask(url, headers) {
  return new Promise((resolve, reject) => {
    get(url, { headers, agent: false, maxHeaderSize: 262_144 }, (response) => {
      response.resume().on('end', () => resolve(response));
    }).on('error', reject);
  });
}

async function visit(address, left) {
  if (left === 0) throw new Error('too many redirects');
  const url = new URL(address);
  const own = jar.get(url.origin) ?? new Map();
  jar.set(url.origin, own);
  const cookies = [...own].map(([key, value]) => `${key}=${value}`).join('; ');
  const fronted = place !== undefined && url.origin === name;
  const response = await ask(fronted ? new URL(`${url.pathname}${url.search}`, place) : url, {
    ...(cookies === '' ? {} : { cookie: cookies }),
    ...(fronted ? { 'x-forwarded-proto': 'https', 'x-forwarded-host': url.host } : {}),
  });
  for (const line of response.headers['set-cookie'] ?? []) {
    const [pair] = line.split(';');
    const at = pair.indexOf('=');
    own.set(pair.slice(0, at), pair.slice(at + 1));
  }
  const next = response.headers.location;
  if (next !== undefined && response.statusCode >= 300 && response.statusCode < 400)
    await visit(new URL(next, url), left - 1);
}

// How long a person takes, in seconds.
await new Promise((resolve) => setTimeout(resolve, Number(process.env.SCRIPTED_BROWSER_DELAY ?? 0) * 1000));
await visit(process.argv[2], 20);
