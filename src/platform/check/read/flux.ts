import { type HelmNode, itemsOf, memberOf, membersOf, textOf } from '../../helm/nodes.ts';
import type { Item, Unseen } from '../documents.ts';
import type { Origin } from '../place.ts';
import { chartNamed, targetOf } from './target.ts';
import { valuesItems } from './values.ts';

/** Reads a Flux HelmRelease. Its `values` win over those of `valuesFrom`. */
export function helmReleaseItems(root: HelmNode, origin: Origin): readonly Item[] {
  const spec = memberOf(root, 'spec');
  const chart = memberOf(spec, 'chart', 'spec');
  const named = chartNamed(
    textOf(memberOf(chart, 'chart')) ??
      textOf(memberOf(spec, 'chartRef', 'name')) ??
      textOf(memberOf(root, 'metadata', 'name')),
  );
  const namespace =
    textOf(memberOf(spec, 'targetNamespace')) ?? textOf(memberOf(root, 'metadata', 'namespace'));
  const target = targetOf(namespace, textOf(memberOf(chart, 'version')));
  const component = named === 'foreign' ? undefined : named;
  const values = memberOf(spec, 'values');
  const items =
    values === undefined
      ? []
      : valuesItems(values, origin.below('spec.values'), component, target, named === 'foreign');
  const isOurs = component !== undefined || items.some((item) => item.component !== 'other');
  return [...items, ...(isOurs ? unseenIn(spec, origin.below('spec')) : [])];
}

function unseenIn(spec: HelmNode | undefined, origin: Origin): readonly Unseen[] {
  const from = membersOf(spec).get('valuesFrom');
  const after = membersOf(spec).get('postRenderers');
  const sources = itemsOf(from?.value).map(
    (source) =>
      `${textOf(memberOf(source, 'kind')) ?? 'an object'} ${textOf(memberOf(source, 'name')) ?? ''}`,
  );
  return [
    ...(from === undefined || sources.length === 0
      ? []
      : [
          {
            kind: 'unseen' as const,
            at: origin.at(from.key, 'valuesFrom'),
            message: `Values also come from ${sources.join(' and ')} (valuesFrom), which cannot be seen here.`,
            advice:
              'Check what Helm made of all of them: helm get manifest RELEASE | codemie platform check -',
            mayHoldEnv: true,
          },
        ]),
    ...(after === undefined
      ? []
      : [
          {
            kind: 'unseen' as const,
            at: origin.at(after.key, 'postRenderers'),
            message: 'Flux changes the objects after Helm has rendered them (postRenderers).',
            advice:
              'Check the objects in the cluster: kubectl get deployment,configmap -o yaml | codemie platform check -',
            mayHoldEnv: true,
          },
        ]),
  ];
}
