import { isOpen } from './open.ts';

/** @returns what keeps an address of Keycloak from working. */
export function adminUrlFault(text: string): string | undefined {
  if (/%%|<[^<>]*>|\byour[-.]/i.test(text)) return 'KEYCLOAK_ADMIN_URL still has a placeholder.';
  if (isOpen(text)) return undefined;
  if (/\s/.test(text)) return 'KEYCLOAK_ADMIN_URL has a space or a line feed in it.';
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol))
    return 'KEYCLOAK_ADMIN_URL is not an address with https://.';
  const [, path] = /\/(admin|realms)(?:\/|$)/.exec(url.pathname) ?? [];
  return path === undefined
    ? undefined
    : `KEYCLOAK_ADMIN_URL has the path /${path}, which the import adds itself.`;
}

/** @returns what may keep it from working, or is not safe. */
export function adminUrlDoubt(text: string): string | undefined {
  if (isOpen(text) || !URL.canParse(text) || adminUrlFault(text) !== undefined) return undefined;
  const { protocol, hostname, pathname } = new URL(text);
  const doubts = [
    ...(protocol === 'http:' && !isInside(hostname)
      ? ['is plain http, which shows the secret to the network']
      : []),
    ...(/^\/auth\/?$/.test(pathname) ? ['ends with /auth'] : []),
    ...(text.endsWith('/') ? ['ends with a slash'] : []),
    ...(/(^|\.)example\.(com|org|net)$/.test(hostname) ? ['has the host of an example'] : []),
  ];
  return doubts.length === 0 ? undefined : `KEYCLOAK_ADMIN_URL ${doubts.join(', ')}.`;
}

/** An address within the cluster is often http. */
function isInside(host: string): boolean {
  return !host.includes('.') || /\.(svc|local|internal)$/.test(host) || host.includes('.svc.');
}
