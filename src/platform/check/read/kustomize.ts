import { entryAt, type HelmNode } from '../../helm/nodes.ts';
import type { Item } from '../documents.ts';
import type { Origin } from '../place.ts';

/** What changes objects after Helm, in a Kustomization of kustomize or of Flux. */
const CHANGES: readonly (readonly string[])[] = [
  ['patches'],
  ['patchesStrategicMerge'],
  ['patchesJson6902'],
  ['helmCharts'],
  ['spec', 'patches'],
  ['spec', 'postBuild'],
];

export function kustomizationItems(root: HelmNode, origin: Origin): readonly Item[] {
  const [change] = CHANGES.flatMap((path) => {
    const entry = entryAt(root, path);
    return entry === undefined ? [] : [{ key: entry.key, path: path.join('.') }];
  });
  if (change === undefined) return [];
  return [
    {
      kind: 'unseen',
      at: origin.at(change.key, change.path),
      message: `Kustomize changes the objects after Helm (${change.path}), environment variables among them.`,
      advice: 'Check the rendered objects: kustomize build --enable-helm . | codemie platform check -',
      mayHoldEnv: true,
    },
  ];
}
