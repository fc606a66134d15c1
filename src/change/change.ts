/** One difference between what a file says and what a server has. */
export interface Change {
  /** `rebind`: another object takes the place of the one in use, such as a login flow. */
  readonly action: 'create' | 'update' | 'delete' | 'rebind';
  readonly type: string;
  /** A name that is unique within the type. */
  readonly id: string;
  /** The field, for `update` and `rebind`: `attributes.pkce`. */
  readonly path?: string;
  readonly before?: unknown;
  readonly after?: unknown;
  /** Why this matters for security; undefined where it does not. */
  readonly risk?: string;
}

/** Something that makes the file wrong, or its effect surprising. */
export interface Finding {
  readonly rule: string;
  readonly severity: 'error' | 'warning';
  /** Where in the file. */
  readonly path: string;
  readonly message: string;
  readonly advice: string;
}

/** @returns a finding as JSON prints it: what to do is called `fix` there. */
export function findingJson<F extends Finding>({
  advice,
  ...finding
}: F): Omit<F, 'advice'> & { readonly fix: string } {
  return { ...finding, fix: advice };
}

/** A finding with its place in a file of the person. */
export interface FileFinding extends Finding {
  /** As the person gave it. */
  readonly file: string;
  /** From 1; undefined where it is not known. */
  readonly line?: number;
}

/** An object that cannot be deleted, with what still uses it. */
export interface Blocker {
  readonly object: string;
  readonly usedBy: readonly string[];
}
