import { type HelmMap, membersOf, scalarOf, textOf } from '../nodes.ts';
import { readHelmYaml } from '../yaml.ts';
import { envLists } from './env-lists.ts';
import { NotEditable } from './text.ts';

/** A values file that can be edited. */
export interface ValuesFile {
  readonly text: string;
  readonly root: HelmMap;
}

/** @throws NotEditable with the reason: not YAML, encrypted, a template, another document, a list that is none. */
export function readValues(text: string): ValuesFile {
  const [document, ...more] = readHelmYaml(text);
  const { root, problem } = document ?? {};
  if (problem !== undefined || root === undefined)
    throw text.includes('{{')
      ? new NotEditable('it is a template, and Helm could not read it before it is rendered', problem?.line)
      : new NotEditable(`Helm could not read it: ${problem?.reason ?? 'it is empty'}`, problem?.line);
  if (more.length > 0) throw new NotEditable('it has several documents', more[0]?.line);
  if (root.kind !== 'map')
    throw new NotEditable(scalarOf(root) === null ? 'it is empty' : 'it does not hold a map', root.line);
  const members = membersOf(root);
  if (members.has('sops') || /:\s*ENC\[AES256_GCM,/.test(text))
    throw new NotEditable('it is encrypted with SOPS, and the checksum in it covers every value');
  const kind = textOf(members.get('kind')?.value);
  if (kind !== undefined && members.has('apiVersion'))
    throw new NotEditable(
      `it is a Kubernetes document (${kind}), not a values file`,
      members.get('kind')?.key.line,
    );
  const misplaced = envLists(root).find(({ isList, entry }) => !isList && scalarOf(entry.value) !== null);
  if (misplaced !== undefined)
    throw new NotEditable(`${misplaced.path} is not a list`, misplaced.entry.key.line);
  return { text, root };
}
