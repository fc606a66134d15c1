import { isStorable, lengthOf } from './limits.ts';
import type { Membership, Repair } from './user.ts';

/** Of the column `user_projects.project_name`, in characters. */
const LONGEST = 255;

/** What the attributes `applications` and `applications_admin` of one user say. */
export interface ProjectNames {
  readonly listed: readonly string[];
  readonly administered: readonly string[];
}

/**
 * Splits an attribute as the platform does: a text or a list of texts, each split at commas, without white space around
 * the parts and without empty parts.
 */
export function splitAttribute(value: unknown): readonly string[] {
  const texts = Array.isArray(value) ? (value as readonly unknown[]) : [value];
  return texts
    .filter((text) => typeof text === 'string')
    .flatMap((text) => text.split(','))
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/**
 * The memberships of one user. A name in `applications_admin` alone makes a project admin, too. Names that differ by case
 * are one project, spelled as the first of them. The person's personal project is left out: the platform creates it when
 * they sign in for the first time.
 *
 * @param own the user name and the e-mail address, one of which names the personal project.
 */
export function membershipsOf(
  { listed, administered }: ProjectNames,
  own: readonly string[],
): { readonly memberships: readonly Membership[]; readonly repairs: readonly Repair[] } {
  const personal = new Set(own.map(folded));
  const admin = new Set(administered.map(folded));
  const inList = new Set(listed.map(folded));
  const repairs: Repair[] = [];
  const memberships: Membership[] = [];
  for (const [key, spellings] of groupedByName(listed, administered)) {
    const [project = ''] = spellings;
    const unfit = unfitness(project);
    if (personal.has(key)) {
      repairs.push({ reason: 'personal-project', detail: project });
      continue;
    }
    if (unfit !== undefined) {
      repairs.push({ reason: 'project-left-out', detail: unfit });
      continue;
    }
    memberships.push({ project, isProjectAdmin: admin.has(key) });
    if (spellings.length > 1) repairs.push({ reason: 'duplicate-project', detail: spellings.join(', ') });
    if (!inList.has(key)) repairs.push({ reason: 'admin-only-project', detail: project });
  }
  return { memberships, repairs };
}

function folded(name: string): string {
  return name.toLowerCase();
}

/**
 * @returns the names by their folded form, each with all its spellings. A name that stands once in each list, in the same
 *   spelling, is one spelling: that is how a project admin is written. Twice in one list is two.
 */
function groupedByName(
  listed: readonly string[],
  administered: readonly string[],
): ReadonlyMap<string, readonly string[]> {
  const groups = new Map<string, string[]>();
  const add = (name: string): void => {
    const group = groups.get(folded(name));
    if (group === undefined) groups.set(folded(name), [name]);
    else group.push(name);
  };
  for (const name of listed) add(name);
  const once = new Set<string>();
  for (const name of administered) {
    const isPartner = groups.get(folded(name))?.includes(name) === true && !once.has(name);
    once.add(name);
    if (!isPartner) add(name);
  }
  return groups;
}

function unfitness(project: string): string | undefined {
  const length = lengthOf(project);
  if (length > LONGEST) return `a name of ${length} characters; the platform stores ${LONGEST}`;
  return isStorable(project) ? undefined : 'a name with characters that PostgreSQL cannot store';
}
