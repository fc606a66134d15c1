import type { Blocker, Change, Finding } from '../change/change.ts';
import { difference, type RealmChange } from './diff.ts';
import { blockersOf, findingsOf } from './findings.ts';
import { openGates } from './gates.ts';
import { feasible } from './left-out.ts';
import { withMarkers } from './markers.ts';
import { type HiddenSecret, withoutHidden, withoutMasks } from './model/hidden-secrets.ts';
import { objectsOf } from './model/objects.ts';
import type { Ownership } from './model/ownership.ts';
import { Snapshot } from './model/snapshot.ts';
import { orderedSteps } from './model/steps.ts';
import { TYPES, type TypeName } from './model/types.ts';
import type { JsonObject } from './model/values.ts';
import type { RealmReading } from './reading.ts';
import { comparableTo, missedBy, unseenTypes } from './unseen.ts';

/** What would have to change on a server for it to be as the files say. */
export interface Plan {
  readonly realm: string;
  readonly changes: readonly RealmChange[];
  /** What the realm has, but neither plan nor apply looks at. */
  readonly notCovered: RealmReading['notCovered'];
  /** What these credentials could not see. */
  readonly unseen: RealmReading['unseen'];
  /** What of that the files say something about. */
  readonly missed: RealmReading['unseen'];
  /** Secrets of the files that Keycloak never shows: whether it has the same, nobody can tell. */
  readonly hiddenSecrets: readonly HiddenSecret[];
  readonly blockers: readonly Blocker[];
  readonly findings: readonly Finding[];
  /** What was compared, for the writes. */
  readonly wanted: Snapshot;
  readonly server: Snapshot;
}

/** @returns what files mention; where several mention one object, the last wins. A part of a realm need not name it. */
export function mentionedIn(files: readonly JsonObject[], realm: string): Snapshot {
  return new Snapshot(files.flatMap((file) => [...objectsOf({ realm, ...withoutMasks(file) })]));
}

/** @param mentioned what files say. */
export function planFor(
  realm: string,
  mentioned: Snapshot,
  reading: RealmReading,
  ownership: Ownership,
): Plan {
  const server = objectsOf({
    ...reading.representation,
    ...(reading.userProfile && { userProfile: reading.userProfile }),
  });
  const { wanted: known, findings } = feasible(comparableTo(mentioned, reading.unseen), server);
  const { wanted, clients: marked } = withMarkers(orderedSteps(known, server), server, ownership);
  const { changes, hiddenSecrets } = difference(wanted, server, ownership, marked);
  const unseen = unseenTypes(reading.unseen);
  return {
    realm,
    changes,
    notCovered: reading.notCovered,
    unseen: reading.unseen,
    missed: missedBy(mentioned, reading.unseen, ownership),
    hiddenSecrets,
    blockers: blockersOf(changes, server),
    findings: [...findings, ...findingsOf(wanted, server, unseen), ...openGates(wanted, server, unseen)],
    wanted: withoutHidden(wanted, hiddenSecrets),
    server,
  };
}

/** @returns whether something stands in the way of an apply. */
export function isBlocked({ blockers, findings }: Pick<Plan, 'blockers' | 'findings'>): boolean {
  return blockers.length > 0 || findings.some(({ severity }) => severity === 'error');
}

/** @returns how a type is called in sentences. */
export function titleOf(type: TypeName): string {
  return TYPES[type].title;
}

export type Counts = Readonly<Record<Change['action'], number>>;

/** @returns number of objects per action; an object with several changed fields counts once. */
export function countsOf(changes: readonly Change[]): Counts {
  const count = (action: Change['action']): number =>
    new Set(changes.filter((change) => change.action === action).map(({ type, id }) => `${type} ${id}`)).size;
  return {
    create: count('create'),
    update: count('update'),
    delete: count('delete'),
    rebind: count('rebind'),
  };
}
