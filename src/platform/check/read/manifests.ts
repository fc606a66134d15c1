import { type HelmNode, itemsOf, memberOf, textOf } from '../../helm/nodes.ts';
import type { Item } from '../documents.ts';
import type { Origin } from '../place.ts';
import { applicationItems } from './argo.ts';
import { helmReleaseItems } from './flux.ts';
import { kustomizationItems } from './kustomize.ts';
import { sealedSecretItems, secretItems } from './secrets.ts';
import { autoscalerItems, configMapItems, workloadItems } from './workloads.ts';

type Reader = (root: HelmNode, origin: Origin) => readonly Item[];

/** What can be read, by kind. Other kinds do not concern the checks. */
const READERS: Readonly<Record<string, Reader>> = {
  Application: (root, origin) => applicationItems(root, memberOf(root, 'spec'), origin.below('spec')),
  ApplicationSet: (root, origin) =>
    applicationItems(root, memberOf(root, 'spec', 'template', 'spec'), origin.below('spec.template.spec')),
  HelmRelease: helmReleaseItems,
  Kustomization: kustomizationItems,
  Secret: secretItems,
  SealedSecret: sealedSecretItems,
  Deployment: workloadItems,
  Rollout: workloadItems,
  StatefulSet: workloadItems,
  HorizontalPodAutoscaler: autoscalerItems,
  ConfigMap: configMapItems,
  List: (root, origin) =>
    itemsOf(memberOf(root, 'items')).flatMap((item, index) =>
      manifestItems(item, origin.below(`items[${index}]`)),
    ),
};

/** @returns what the checks need of a Kubernetes object. */
export function manifestItems(root: HelmNode, origin: Origin): readonly Item[] {
  const kind = textOf(memberOf(root, 'kind')) ?? '';
  return (Object.hasOwn(READERS, kind) ? READERS[kind]?.(root, origin) : undefined) ?? [];
}
