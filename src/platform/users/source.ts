import type { Finding } from '../../change/change.ts';
import type { SourceRow } from './user.ts';

/** Where the platform's users come from. */
export interface UserSource {
  /** As the person gave it: the address of the server, or the file. */
  readonly place: string;
  readonly realm: string;
  /**
   * Every account once, page by page: a million of them never are in memory together. Reading to the end is what shows
   * that all were read.
   *
   * @throws ACCESS_DENIED (6) where the source shows fewer users than it has; SOURCE_UNFIT (9) where what it shows would
   *   make a wrong import. Both come before the end of the rows at the latest, so nothing may be written before it.
   */
  rows(): AsyncIterable<SourceRow>;
  /** Complete after the last row. */
  facts(): SourceFacts;
}

export interface SourceFacts {
  readonly kind: 'keycloak' | 'export';
  readonly place: string;
  readonly realm: string;
  /** SHA-256 of all rows, in their order. */
  readonly digest: string;
  readonly counts: SourceCounts;
  /** What is worth knowing before an import. */
  readonly findings: readonly Finding[];
  /** What nobody looked at, in words. */
  readonly notCovered: readonly string[];
}

export interface SourceCounts {
  /** Rows: users and skipped accounts. */
  readonly accounts: number;
  readonly users: number;
  readonly skipped: number;
  readonly memberships: number;
  /** Different projects, without regard to case. */
  readonly projects: number;
  readonly admins: number;
  /** Admins who can sign in. */
  readonly activeAdmins: number;
}
