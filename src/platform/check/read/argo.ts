import {
  contentOf,
  type HelmNode,
  itemsOf,
  memberOf,
  membersOf,
  scalarOf,
  textOf,
} from '../../helm/nodes.ts';
import { readHelmYaml } from '../../helm/yaml.ts';
import type { Item, Unseen } from '../documents.ts';
import type { Origin } from '../place.ts';
import { chartNamed, targetOf } from './target.ts';
import { type Component, valuesItems } from './values.ts';

/** Reads the sources of an Argo CD Application, `spec` of it. */
export function applicationItems(
  root: HelmNode,
  spec: HelmNode | undefined,
  origin: Origin,
): readonly Item[] {
  const namespace = textOf(memberOf(spec, 'destination', 'namespace'));
  const single = memberOf(spec, 'source');
  const several = itemsOf(memberOf(spec, 'sources'));
  return [
    ...(single === undefined ? [] : sourceItems(single, origin.below('source'), root, namespace)),
    ...several.flatMap((source, index) =>
      sourceItems(source, origin.below(`sources[${index}]`), root, namespace),
    ),
  ];
}

function sourceItems(
  source: HelmNode,
  origin: Origin,
  root: HelmNode,
  namespace: string | undefined,
): readonly Item[] {
  const named = chartNamed(textOf(memberOf(source, 'chart')));
  const helm = memberOf(source, 'helm');
  if (helm === undefined) return [];
  const target = targetOf(namespace, textOf(memberOf(source, 'targetRevision')));
  const component = named === 'foreign' ? undefined : (named ?? namedAfter(root));
  const values = valuesOf(helm, origin.below('helm')).flatMap(([node, at]): readonly Item[] =>
    node === undefined ? [] : valuesItems(node, at, component, target, named === 'foreign'),
  );
  const isOurs =
    component !== undefined || values.some((item) => item.kind === 'values' && item.component !== 'other');
  return isOurs ? [...values, ...unseenIn(helm, origin.below('helm'))] : values;
}

/** Without a chart's name, an Application for a folder of a repository may be named after it. */
function namedAfter(root: HelmNode): Component | undefined {
  const named = chartNamed(textOf(memberOf(root, 'metadata', 'name')));
  return named === 'foreign' ? undefined : named;
}

/** `valuesObject` takes the place of `values`. */
function valuesOf(helm: HelmNode, origin: Origin): readonly (readonly [HelmNode | undefined, Origin])[] {
  const object = memberOf(helm, 'valuesObject');
  if (object !== undefined) return [[object, origin.below('valuesObject')]];
  const text = memberOf(helm, 'values');
  const scalar = text === undefined ? undefined : contentOf(text);
  if (scalar?.kind !== 'scalar' || typeof scalar.value !== 'string') return [];
  return [[readHelmYaml(scalar.value)[0]?.root, origin.inside(scalar, 'values')]];
}

function unseenIn(helm: HelmNode, origin: Origin): readonly Unseen[] {
  const files = membersOf(helm).get('valueFiles');
  const parameters = itemsOf(memberOf(helm, 'parameters')).filter((parameter) =>
    /^(extraEnv|customEnv|\w+Pool\.extraEnv)\b/.test(textOf(memberOf(parameter, 'name')) ?? ''),
  );
  const names = itemsOf(files?.value).map((file) => String(scalarOf(file)));
  return [
    ...(files === undefined || names.length === 0
      ? []
      : [
          {
            kind: 'unseen' as const,
            at: origin.at(files.key, 'valueFiles'),
            message: `Argo CD also reads ${names.join(', ')}, which cannot be seen in this document.`,
            advice: `Give these files, too, before this one: codemie platform check ${names.join(' ')} ${origin.file}`,
            mayHoldEnv: true,
          },
        ]),
    ...parameters.map((parameter) => unseenParameter(parameter, origin)),
  ];
}

/** A parameter is `--set`: without `forceString`, `true` and `3` are no texts. */
function unseenParameter(parameter: HelmNode, origin: Origin): Unseen {
  const name = textOf(memberOf(parameter, 'name')) ?? '';
  const value = String(scalarOf(memberOf(parameter, 'value')) ?? '');
  const isForced = scalarOf(memberOf(parameter, 'forceString')) === true;
  const breaks = !isForced && /\.value$/.test(name) && /^(true|false|null|0|[1-9]\d*)$/.test(value);
  return {
    kind: 'unseen',
    at: origin.at(parameter, 'parameters'),
    message: breaks
      ? `The parameter ${name} becomes ${value === 'null' ? 'nothing' : /\d/.test(value) ? 'a number' : 'a boolean'}, and the API server only takes a text.`
      : `The parameter ${name} changes an entry by its number, so what it changes depends on the list.`,
    advice: breaks
      ? 'Write the variable in values, or add forceString: true to the parameter.'
      : 'Write the variable in values.',
    mayHoldEnv: true,
  };
}
