import type { FileFinding } from '../../change/change.ts';
import { BUILT_IN_FACTS, type ServerFacts } from './facts.ts';
import { type LintFile, pathText } from './place.ts';
import { LintRealm } from './rule.ts';
import { RULES } from './rules.ts';

/**
 * Checks realm files. Several files are one realm: a name in one may be defined in another. What no file mentions is not
 * checked.
 *
 * @param facts what the server has; without a server, what every Keycloak has.
 * @returns findings in the order of files and lines.
 */
export function lintRealm(
  files: readonly LintFile[],
  facts: ServerFacts = BUILT_IN_FACTS,
): readonly FileFinding[] {
  const realm = new LintRealm(files, facts);
  const findings = RULES.flatMap(({ id, severity, advice: usual, check }) =>
    [...check(realm)].map(({ at, message, advice = usual }): FileFinding => {
      const line = at.file.lineOf(at.path);
      return {
        rule: id,
        severity,
        file: at.file.name,
        path: pathText(at.path),
        ...(line === undefined ? {} : { line }),
        message,
        advice,
      };
    }),
  );
  const order = files.map(({ name }) => name);
  return findings.toSorted(
    (one, other) =>
      order.indexOf(one.file) - order.indexOf(other.file) || (one.line ?? 0) - (other.line ?? 0),
  );
}
