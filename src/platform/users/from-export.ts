import { resolve } from 'node:path';
import type { Finding } from '../../change/change.ts';
import { counted } from '../../system/counted.ts';
import { usageError } from '../../system/errors.ts';
import { isRecord, type Json, type JsonObject, objectsIn } from '../../system/json.ts';
import { groupFinding } from './attributes.ts';
import { exportAdmins, groupsWithAttributes } from './export/admins.ts';
import { exportFiles, notAnExport } from './export/files.ts';
import { NotJson, type StreamedValue, valuesIn } from './export/json-stream.ts';
import { unknownRole } from './findings.ts';
import { requireUsable } from './gates.ts';
import { rowOf } from './row.ts';
import type { SourceRules } from './rules.ts';
import type { UserSource } from './source.ts';
import { createTally } from './tally.ts';

interface Reading {
  readonly cwd: string;
  readonly signal: AbortSignal;
}

/** Of the realm, in Keycloak's own exports before the users. */
const HEAD = ['realm', 'roles', 'groups'] as const;

/**
 * The users of Keycloak's own export, of any size: it is read piece by piece. Password hashes and the secrets of clients
 * are in it; nothing of them stays in memory when the user or the client is read.
 *
 * @param file or folder, as the person gave it.
 * @param realm the realm to expect; undefined for the one of the file.
 * @throws SOURCE_FILE (2) if it is no export, or of another realm.
 */
export async function usersFromExport(
  file: string,
  realm: string | undefined,
  rules: SourceRules,
  { cwd, signal }: Reading,
): Promise<UserSource> {
  const files = exportFiles(resolve(cwd, file));
  const head = await headOf(files.realm, signal);
  const name = head.get('realm');
  if (typeof name !== 'string')
    throw notAnExport(files.realm, 'it has no member "realm" with the name of one realm');
  if (realm !== undefined && realm !== name)
    throw usageError(`${file} is an export of the realm "${name}", not of "${realm}".`, {}, 'SOURCE_FILE');
  const groups = objectsIn(head.get('groups'));
  const admins = exportAdmins(rules.adminRole, head.get('roles'), groups);
  const findings: readonly Finding[] = [
    ...(admins.isKnown ? [] : [unknownRole(rules.adminRole)]),
    ...groupsWithAttributes(groups).flatMap(({ path, attributes }) => groupFinding(path, attributes)),
  ];
  const tally = createTally();
  let federated = 0;
  return {
    place: file,
    realm: name,
    async *rows() {
      for (const path of files.users)
        for await (const { member, value } of readIn(path, ['$.users.*', '$.federatedUsers.*'], signal)) {
          if (member !== 'users') {
            federated += 1;
            continue;
          }
          const row = rowOf(isRecord(value) ? (value as JsonObject) : {}, { ...rules, adminVia: admins.via });
          tally.add(row);
          yield row;
        }
      requireUsable(name, tally.counts(), rules);
    },
    facts: () => ({
      kind: 'export',
      place: file,
      realm: name,
      digest: tally.digest(),
      counts: tally.counts(),
      findings,
      notCovered: federated === 0 ? [] : [`${counted(federated, 'user')} of other storages, such as LDAP`],
    }),
  };
}

async function headOf(file: string, signal: AbortSignal): Promise<ReadonlyMap<string, Json>> {
  const head = new Map<string, Json>();
  const paths = HEAD.map((member) => `$.${member}`);
  for await (const { member, value } of readIn(file, paths, signal)) {
    head.set(member, value);
    // The rest of the file may be large.
    if (head.size === HEAD.length) break;
  }
  return head;
}

async function* readIn(
  file: string,
  paths: readonly string[],
  signal: AbortSignal,
): AsyncGenerator<StreamedValue> {
  try {
    yield* valuesIn(file, paths, signal);
  } catch (error) {
    throw error instanceof NotJson ? notAnExport(file, 'it is not JSON, or it ends in the middle') : error;
  }
}
