import {
  contentOf,
  type HelmNode,
  itemsOf,
  memberOf,
  membersOf,
  scalarOf,
  textOf,
} from '../../helm/nodes.ts';
import type { Item, Target } from '../documents.ts';
import { envList } from '../env.ts';
import type { Origin } from '../place.ts';
import { targetOf } from './target.ts';

/** Variables that no other program has. */
const OURS = new Set(
  'API_ROOT_PATH CALLBACK_API_BASE_URL ENABLE_USER_MANAGEMENT IDP_PROVIDER KEYCLOAK_MIGRATION_ENABLED MODELS_ENV NATS_PLUGIN_KEY_CHECK_ENABLED'.split(
    ' ',
  ),
);

/** Reads a Deployment, if it is one of the platform's API: each of its containers is one of its own. */
export function workloadItems(root: HelmNode, origin: Origin): readonly Item[] {
  const name = textOf(memberOf(root, 'metadata', 'name')) ?? '';
  const replicas = scalarOf(memberOf(root, 'spec', 'replicas'));
  const path = 'spec.template.spec.containers';
  const label = textOf(memberOf(root, 'metadata', 'labels', 'helm.sh/chart'));
  const isOurs = /^codemie(-api)?-v?\d/.test(label ?? '');
  return itemsOf(memberOf(root, 'spec', 'template', 'spec', 'containers')).flatMap(
    (container, index): readonly Item[] => {
      const env = memberOf(container, 'env');
      const within = origin.below(`${path}[${index}]`);
      const names = itemsOf(env).map((entry) => String(scalarOf(memberOf(entry, 'name'))).toUpperCase());
      if (env === undefined || !(isOurs || names.some((one) => OURS.has(one)))) return [];
      const from = membersOf(container).get('envFrom');
      return [
        {
          kind: 'workload',
          name,
          at: within.at(container, ''),
          env: envList('env', env, within.at(env, 'env'), within),
          replicas: typeof replicas === 'number' ? replicas : undefined,
          target: labelled(root),
        },
        ...(from === undefined
          ? []
          : [
              {
                kind: 'unseen' as const,
                at: within.at(from.key, 'envFrom'),
                message:
                  'More variables come from a ConfigMap or a Secret (envFrom), which cannot be seen here.',
                advice: 'Check what the container gets: kubectl exec DEPLOYMENT -- env',
                mayHoldEnv: true,
              },
            ]),
      ];
    },
  );
}

function labelled(root: HelmNode): Target {
  const labels = memberOf(root, 'metadata', 'labels');
  const chart = /-(v?\d+\.\d+\.\d+.*)$/.exec(textOf(memberOf(labels, 'helm.sh/chart')) ?? '')?.[1];
  const namespace = textOf(memberOf(root, 'metadata', 'namespace'));
  const fromChart = targetOf(namespace, chart?.replaceAll('_', '+'));
  if (fromChart.version !== undefined) return fromChart;
  return targetOf(namespace, textOf(memberOf(labels, 'app.kubernetes.io/version')));
}

/** `KEY: "value",` on a line of the UI's settings. */
const SETTING = /^\s*["']?([A-Z][A-Z0-9_]*)["']?\s*:\s*"((?:[^"\\]|\\.)*)"/;

/** Reads the settings of the UI. The ConfigMap's name is not fixed. */
export function configMapItems(root: HelmNode, origin: Origin): readonly Item[] {
  const script = memberOf(root, 'data', 'config.js');
  const scalar = script === undefined ? undefined : contentOf(script);
  if (scalar?.kind !== 'scalar' || typeof scalar.value !== 'string' || !scalar.value.includes('window._env_'))
    return [];
  const place = origin.at(scalar, 'data["config.js"]');
  const isBlock = scalar.style === 'block';
  const settings = scalar.value.split('\n').flatMap((text, index) => {
    const [, name, value] = SETTING.exec(text) ?? [];
    if (name === undefined || value === undefined) return [];
    const line = isBlock ? place.line + 1 + index : place.line;
    return [[name, { text: value, at: { ...place, line, from: line, path: name } }]] as const;
  });
  return [{ kind: 'ui-config', at: place, settings: new Map(settings), target: labelled(root) }];
}

export function autoscalerItems(root: HelmNode, origin: Origin): readonly Item[] {
  const most = scalarOf(memberOf(root, 'spec', 'maxReplicas'));
  const workload = textOf(memberOf(root, 'spec', 'scaleTargetRef', 'name'));
  return [
    { kind: 'autoscaler', at: origin.at(root, ''), workload, most: typeof most === 'number' ? most : 1 },
  ];
}
