import type { Signature } from '../../platform-api/verify-signature.ts';
import { STORE_LABELS, type StoreName } from '../../secrets/store.ts';
import { formatInstant, formatSpan } from '../../system/duration.ts';
import { printable } from '../../system/printable.ts';
import { redact } from '../../system/redact.ts';

export type StatusState =
  | 'valid'
  | 'expiring'
  | 'expired'
  /** The server closed the session. */
  | 'ended'
  /** The server says no to a credential that has not expired as far as anybody here knows; that may pass. */
  | 'refused'
  | 'missing'
  | 'unreachable'
  /** Something else answers at that address. */
  | 'not-a-platform'
  /** Nobody was asked, or nobody could tell. */
  | 'unverified';

/** What `profile status --json` prints; the text form is another rendering of it. */
export interface StatusReport {
  readonly schemaVersion: 1;
  readonly profile: string;
  readonly url: string | null;
  readonly state: StatusState;
  readonly kind: 'oidc' | 'session' | 'jwt' | 'api-key' | null;
  readonly source: 'flag' | 'env' | 'store' | null;
  readonly sourceName: string | null;
  readonly store: string | null;
  readonly identity: { readonly id?: string; readonly name?: string; readonly email?: string };
  /** When it was issued or last renewed; ISO 8601, UTC. */
  readonly obtainedAt: string | null;
  /** ISO 8601, UTC. */
  readonly expiresAt: string | null;
  readonly refreshable: boolean;
  readonly connection: { readonly state: 'ok' | 'unreachable' | 'not-checked' };
  readonly models: readonly { readonly id: string }[];
  readonly provider: {
    readonly name: string | null;
    readonly authMethod: string | null;
    readonly project: string | null;
    readonly model: string | null;
    /** Id of the integration the work is charged to. */
    readonly integration: string | null;
  };
  /** Of a bearer token: whether its issuer's published keys signed it. */
  readonly signature: Signature | null;
  readonly shadowed: readonly string[];
  readonly warnings: readonly string[];
  /** The next command to run, when something is wrong. */
  readonly hint: string | null;
}

const STATES: Readonly<Record<StatusState, string>> = {
  valid: 'signed in',
  expiring: 'signed in, expires soon',
  expired: 'expired',
  ended: 'session expired',
  refused: 'rejected by the server',
  missing: 'not signed in',
  unreachable: 'not verified (server unreachable)',
  'not-a-platform': 'not a CodeMie server',
  unverified: 'signed in (not verified with the server)',
};

const KINDS = {
  oidc: 'SSO',
  session: 'SSO session',
  jwt: 'token',
  'api-key': 'API key',
};

/** A credential without an end of its own is good by no dates. */
function stateText({ state, expiresAt }: StatusReport): string {
  const dated = state === 'refused' && expiresAt !== null;
  return `${STATES[state]}${dated ? ' (although it has not expired)' : ''}`;
}

const CONNECTIONS = { ok: 'ok', unreachable: 'unreachable', 'not-checked': 'not checked' };

function storeLabel(store: string): string {
  return Object.hasOwn(STORE_LABELS, store) ? STORE_LABELS[store as StoreName] : store;
}

function signatureText(signature: Signature): string {
  return signature.state === 'verified'
    ? `verified (${signature.issuer})`
    : `not verified: ${signature.reason}`;
}

function renewalOf({ kind }: StatusReport): string {
  return kind === 'session' ? 'refreshed by the server if it supports this' : 'refreshes automatically';
}

/** A long list of models is still a list. */
const LONGEST = 20_000;

/** One screen for a person; every fact of the JSON form that is known. What the platform wrote is shown on a terminal. */
export function statusText(report: StatusReport, now: number): string {
  const rows: (readonly [string, string])[] = [
    ['Profile', report.profile],
    ['URL', report.url ?? 'not configured'],
    ['Status', stateText(report)],
  ];
  const who = [report.identity.name, report.identity.email, report.identity.id].filter(Boolean);
  if (who.length > 0) rows.push(['Signed in as', [...new Set(who)].join(', ')]);
  if (report.kind !== null)
    rows.push([
      'Signed in with',
      report.store === null ? `${KINDS[report.kind]} from ${report.sourceName}` : KINDS[report.kind],
    ]);
  if (report.store !== null) rows.push(['Stored in', storeLabel(report.store)]);
  // The end of a session is known to its gateway alone; its age is what a person can go by.
  if (report.kind === 'session' && report.obtainedAt !== null)
    rows.push(['Refreshed', `${formatSpan(now - Date.parse(report.obtainedAt))} ago`]);
  if (report.expiresAt !== null) {
    const renewal = report.refreshable ? `, ${renewalOf(report)}` : '';
    rows.push(['Expires', `${formatInstant(Date.parse(report.expiresAt), now)}${renewal}`]);
  } else if (report.kind === 'api-key') rows.push(['Expires', 'never']);
  if (report.signature !== null) rows.push(['Signature', signatureText(report.signature)]);
  rows.push(['Connection', CONNECTIONS[report.connection.state]]);
  const { name, project, model, integration } = report.provider;
  if (report.kind === 'api-key' && name !== null) rows.push(['Provider', name]);
  if (project !== null) rows.push(['Project', project]);
  if (integration !== null) rows.push(['Integration', integration]);
  if (model !== null) rows.push(['Model', model]);
  if (report.models.length > 0) rows.push(['Models', report.models.map((entry) => entry.id).join(', ')]);
  for (const shadowed of report.shadowed) rows.push(['Ignored', shadowed]);
  for (const warning of report.warnings) rows.push(['Warning', warning]);
  if (report.hint !== null) rows.push(['Fix', report.hint]);
  const width = Math.max(...rows.map(([label]) => label.length));
  const lines = rows.map(
    ([label, value]) => `${`${label}:`.padEnd(width + 2)}${redact(printable(value, LONGEST))}`,
  );
  return lines.join('\n');
}
