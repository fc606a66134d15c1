import { allKept, type KeptSignIn, keptFacts } from '../../mcp/keep/kept.ts';
import { STORE_LABELS } from '../../secrets/store.ts';
import { formatInstant } from '../../system/duration.ts';
import { printable } from '../../system/printable.ts';
import type { CommandRun } from '../spec.ts';

/** `codemie mcp list`: the stored sign-ins at MCP servers. It opens no store. */
export const run: CommandRun = async ({ options }, { home, terminal, clock }) => {
  const all = allKept(home);
  if (options.on('json')) {
    const signIns = all.map((kept) => ({ ...keptFacts(kept), signedIn: kept.isSignedIn }));
    terminal.print(JSON.stringify({ schemaVersion: 1, signIns }));
    return 0;
  }
  if (all.length === 0) terminal.print('No sign-ins are stored. Sign in ahead: codemie mcp login <url>');
  for (const kept of all) terminal.print(printable(line(kept, clock.now()), 1000));
  return 0;
};

function line(kept: KeptSignIn, now: number): string {
  const { server, store, issuer, scopes } = kept;
  const parts = [`${state(kept, now)}, stored in ${STORE_LABELS[store]}`];
  if (issuer !== undefined) parts.push(`issuer ${issuer}`);
  if (scopes.length > 0) parts.push(`scopes ${scopes.join(' ')}`);
  return `${server}  ${parts.join('; ')}`;
}

function state({ isSignedIn, expiresAt, isRefreshable }: KeptSignIn, now: number): string {
  if (!isSignedIn) return 'registered, not signed in';
  if (isRefreshable) return 'signed in, refreshed when needed';
  if (expiresAt === undefined) return 'signed in, expiry unknown';
  return expiresAt > now ? `signed in, expires ${formatInstant(expiresAt, now)}` : 'expired';
}
