import { contentOf, type HelmNode, memberOf, membersOf, textOf } from '../../helm/nodes.ts';
import type { Item, SecretKey } from '../documents.ts';
import type { Origin } from '../place.ts';

export function secretItems(root: HelmNode, origin: Origin): readonly Item[] {
  const keys = new Map([
    ...keysIn(memberOf(root, 'data'), 'data', 'data', origin),
    // These win.
    ...keysIn(memberOf(root, 'stringData'), 'stringData', 'text', origin),
  ]);
  return secretItem(root, memberOf(root, 'metadata'), keys, origin);
}

/** Names and keys of a sealed secret are those of the Secret that it becomes. */
export function sealedSecretItems(root: HelmNode, origin: Origin): readonly Item[] {
  const spec = memberOf(root, 'spec');
  const keys = new Map([
    ...keysIn(memberOf(spec, 'template', 'data'), 'spec.template.data', 'sealed', origin),
    ...keysIn(memberOf(spec, 'encryptedData'), 'spec.encryptedData', 'sealed', origin),
  ]);
  const named = memberOf(spec, 'template', 'metadata');
  const isNamed = textOf(memberOf(named, 'name')) !== undefined;
  return secretItem(root, isNamed ? named : memberOf(root, 'metadata'), keys, origin);
}

function secretItem(
  root: HelmNode,
  metadata: HelmNode | undefined,
  keys: ReadonlyMap<string, SecretKey>,
  origin: Origin,
): readonly Item[] {
  const name = textOf(memberOf(metadata, 'name'));
  const namespace = textOf(memberOf(metadata, 'namespace'));
  if (name === undefined) return [];
  return [
    {
      kind: 'secret',
      name,
      ...(namespace === undefined ? {} : { namespace }),
      at: origin.at(root, ''),
      keys,
    },
  ];
}

function keysIn(
  map: HelmNode | undefined,
  path: string,
  form: SecretKey['form'],
  origin: Origin,
): readonly (readonly [string, SecretKey])[] {
  return [...membersOf(map)].flatMap(([name, { key, value }]): (readonly [string, SecretKey])[] => {
    const node = contentOf(value);
    if (node.kind !== 'scalar') return [];
    const lines = origin
      .source({ ...node, start: key.start })
      .trimEnd()
      .split('\n').length;
    return [[name, { at: origin.at(key, `${path}.${name}`), node, lines, form }]];
  });
}
