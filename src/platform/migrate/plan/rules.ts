/** What a person decided about conflicts. */
export interface Rules {
  /** Users of the source to import though another has the same name or address apart from case: id, user name or e-mail. */
  readonly keep: readonly string[];
  /** Users of the source to leave out. */
  readonly skip: readonly string[];
  /** Projects of the source, each with the project that it is in the platform. */
  readonly map: readonly { readonly from: string; readonly to: string }[];
}

export const NO_RULES: Rules = { keep: [], skip: [], map: [] };

/** @returns the rows of the table `rule`. */
export function ruleRows({ keep, skip, map }: Rules): readonly (readonly [string, string, string | null])[] {
  return [
    ...keep.map((key) => ['keep', key, null] as const),
    ...skip.map((key) => ['skip', key, null] as const),
    ...map.map(({ from, to }) => ['map', from, to] as const),
  ];
}
