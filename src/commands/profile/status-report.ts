import { ACCESS_LABELS, ACCESS_MEANINGS, type AccessControl, ROLE_LABELS } from '../../platform-api/roles.ts';
import type { Signature } from '../../platform-api/verify-signature.ts';
import { STORE_LABELS, type StoreName } from '../../secrets/store.ts';
import { formatInstant, formatSpan } from '../../system/duration.ts';
import { printable } from '../../system/printable.ts';
import { redact } from '../../system/redact.ts';

export type StatusState =
  | 'valid'
  | 'expiring'
  | 'expired'
  /** The server ended the session. */
  | 'ended'
  /** The server rejects a credential that has not expired as far as we know; that may be temporary. */
  | 'refused'
  | 'missing'
  | 'unreachable'
  /** The server at that address is not a CodeMie platform. */
  | 'not-a-platform'
  /** The server was not asked, or it could not tell. */
  | 'unverified';

/** The output of `profile status --json`; the text form shows the same data. */
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
  /** Time of issue or last renewal; ISO 8601, UTC. */
  readonly obtainedAt: string | null;
  /** ISO 8601, UTC. */
  readonly expiresAt: string | null;
  readonly refreshable: boolean;
  readonly connection: { readonly state: 'ok' | 'unreachable' | 'not-checked' };
  readonly models: readonly { readonly id: string }[];
  readonly platform: AccessControl;
  readonly provider: {
    readonly name: string | null;
    readonly authMethod: string | null;
    readonly project: string | null;
    readonly model: string | null;
    /** ID of the integration that usage is billed to. */
    readonly integration: string | null;
  };
  /** For a bearer token: whether its issuer's published keys signed it. */
  readonly signature: Signature | null;
  readonly shadowed: readonly string[];
  readonly warnings: readonly string[];
  /** The commands that fix what is wrong. */
  readonly fix: readonly string[];
  /** What to do when something is wrong; the command where there is nothing else to say. */
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

/** Mentions the expiry date only when the credential has one. */
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

/** Whether the server ended the sign-in before its own date, which then says nothing. */
function isOver({ state, expiresAt }: StatusReport, now: number): boolean {
  return (state === 'ended' || state === 'expired') && Date.parse(expiresAt ?? '') > now;
}

/** Longest text, in characters, so that a long list of models is not cut. */
const LONGEST = 20_000;

/**
 * The text form: one screen with every known fact of the JSON form. The platform's text is escaped for the terminal.
 */
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
  // Only the gateway knows when its session ends, so show the age instead.
  if (report.kind === 'session' && report.obtainedAt !== null)
    rows.push(['Refreshed', `${formatSpan(now - Date.parse(report.obtainedAt))} ago`]);
  if (report.expiresAt !== null && !isOver(report, now)) {
    const renewal = report.refreshable ? `, ${renewalOf(report)}` : '';
    rows.push(['Expires', `${formatInstant(Date.parse(report.expiresAt), now)}${renewal}`]);
  } else if (report.kind === 'api-key') rows.push(['Expires', 'never']);
  if (report.signature !== null) rows.push(['Signature', signatureText(report.signature)]);
  rows.push(['Connection', CONNECTIONS[report.connection.state]]);
  const { version, access, role } = report.platform;
  if (version !== null) rows.push(['Platform', `CodeMie ${version}`]);
  if (access !== null) rows.push(['Access', `${ACCESS_LABELS[access]} (${ACCESS_MEANINGS[access]})`]);
  if (role !== null) rows.push(['Role', ROLE_LABELS[role]]);
  const { name, project, model, integration } = report.provider;
  if (report.kind === 'api-key' && name !== null) rows.push(['Provider', name]);
  if (project !== null) rows.push(['Project', project]);
  if (integration !== null) rows.push(['Integration', integration]);
  if (model !== null) rows.push(['Model', model]);
  if (report.models.length > 0) rows.push(['Models', report.models.map((entry) => entry.id).join(', ')]);
  for (const shadowed of report.shadowed) rows.push(['Ignored', shadowed]);
  for (const warning of report.warnings) rows.push(['Warning', warning]);
  for (const fix of report.fix) rows.push(['Fix', fix]);
  if (report.hint !== null && !report.fix.includes(report.hint)) rows.push(['Hint', report.hint]);
  const width = Math.max(...rows.map(([label]) => label.length));
  const lines = rows.map(
    ([label, value]) => `${`${label}:`.padEnd(width + 2)}${redact(printable(value, LONGEST))}`,
  );
  return lines.join('\n');
}
