type Env = Readonly<Record<string, string | undefined>>;

/**
 * The proxy the environment names for an address, lower-case names first, or undefined to go direct.
 * NO_PROXY: comma separated hosts, `.suffix`, `host:port`, `*`. Loopback is always direct: a sign-in callback or
 * a local gateway must not travel through somebody else's machine.
 */
export function proxyUrl(url: URL, env: Env): string | undefined {
  const read = (name: string): string | undefined => env[name] || env[name.toUpperCase()] || undefined;
  const proxy = read(url.protocol === 'https:' ? 'https_proxy' : 'http_proxy');
  if (proxy === undefined) return undefined;
  const host = url.hostname.toLowerCase();
  if (/^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(host)) return undefined;
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  for (const entry of (read('no_proxy') ?? '').toLowerCase().split(/[\s,]+/)) {
    if (entry === '') continue;
    if (entry === '*') return undefined;
    const [, name = entry, onPort] = /^(.*?)(?::(\d+))?$/.exec(entry) ?? [];
    if (onPort !== undefined && onPort !== port) continue;
    const bare = name.replace(/^\*?\./, '');
    if (host === bare || host.endsWith(`.${bare}`)) return undefined;
  }
  return proxy;
}
