/** A role of the realm, or of a client. */
export interface Role {
  readonly name: string;
  /** Its clientId; undefined for a role of the realm. */
  readonly client?: string | undefined;
}

/** A composite role with the roles that it contains itself. */
export interface Composite {
  readonly role: Role;
  readonly contains: readonly Role[];
}

/** A role that makes its holders admins. */
export interface HolderRole {
  readonly role: Role;
  /** From this role to the admin role: `role boss > role lead > role admin`. */
  readonly via: string;
}

/**
 * @returns the admin role and every role that contains it, at any depth, the nearest first. Cycles, which Keycloak allows,
 *   end at a role that was seen.
 */
export function holderRoles(admin: string, composites: readonly Composite[]): readonly HolderRole[] {
  const parents = new Map<string, Role[]>();
  for (const { role, contains } of composites)
    for (const part of contains) parents.set(keyOf(part), [...(parents.get(keyOf(part)) ?? []), role]);
  const found = new Map<string, HolderRole>();
  const waiting: HolderRole[] = [{ role: { name: admin }, via: titleOf({ name: admin }) }];
  for (const holder of waiting) {
    const { role, via } = holder;
    if (found.has(keyOf(role))) continue;
    found.set(keyOf(role), holder);
    const above = parents.get(keyOf(role)) ?? [];
    waiting.push(...above.map((parent) => ({ role: parent, via: `${titleOf(parent)} > ${via}` })));
  }
  return [...found.values()];
}

/** @returns a text that tells roles apart. */
export function keyOf({ name, client }: Role): string {
  return client === undefined ? name : `${client}\0${name}`;
}

function titleOf({ name, client }: Role): string {
  return client === undefined ? `role ${name}` : `role ${name} of client ${client}`;
}
