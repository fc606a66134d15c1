import { findingJson } from '../../change/change.ts';
import type { SourceFacts, UserSource } from './source.ts';

/** What an import would take from a source, before any database is known. */
export interface Preflight {
  readonly facts: SourceFacts;
  /** In the order of the source. */
  readonly admins: readonly Admin[];
  readonly skipped: readonly Group[];
  readonly repairs: readonly Group[];
}

interface Admin {
  readonly id: string;
  readonly username: string;
  readonly via: string;
  readonly active: boolean;
}

/** What happens for one reason, with the first few whom it happens to. */
export interface Group {
  readonly reason: string;
  readonly count: number;
  readonly examples: readonly Example[];
}

interface Example {
  readonly username: string;
  readonly detail: string;
}

const MOST_EXAMPLES = 10;

/**
 * Reads a source to its end, and keeps admins and a few examples of the rest.
 *
 * @param onRow called with the number of rows so far.
 */
export async function preflight(source: UserSource, onRow: (rows: number) => void): Promise<Preflight> {
  const admins: Admin[] = [];
  const skipped = createGroups();
  const repairs = createGroups();
  let rows = 0;
  for await (const row of source.rows()) {
    rows += 1;
    onRow(rows);
    if (row.kind === 'skip') {
      const { username, reason, detail } = row.skipped;
      skipped.add(reason, { username, detail });
      continue;
    }
    const { id, username, isActive, adminVia } = row.user;
    if (adminVia !== undefined) admins.push({ id, username, via: adminVia, active: isActive });
    for (const { reason, detail } of row.user.repairs) repairs.add(reason, { username, detail });
  }
  return { facts: source.facts(), admins, skipped: skipped.all(), repairs: repairs.all() };
}

function createGroups(): { add(reason: string, example: Example): void; all(): readonly Group[] } {
  const groups = new Map<string, { count: number; examples: Example[] }>();
  return {
    add: (reason, example) => {
      const group = groups.get(reason) ?? { count: 0, examples: [] };
      groups.set(reason, group);
      group.count += 1;
      if (group.examples.length < MOST_EXAMPLES) group.examples.push(example);
    },
    all: () =>
      [...groups]
        .map(([reason, group]) => ({ reason, ...group }))
        .sort((one, other) => other.count - one.count || (one.reason < other.reason ? -1 : 1)),
  };
}

/** The preflight as data. */
export function preflightJson({ facts, admins, skipped, repairs }: Preflight) {
  const { kind, place, realm, digest, counts, findings, notCovered } = facts;
  return {
    schemaVersion: 1,
    source: { kind, place, realm, digest },
    counts,
    admins,
    skipped,
    repairs,
    findings: findings.map(findingJson),
    notCovered,
  };
}
