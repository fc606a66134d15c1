import { contentOf, type HelmNode } from '../../helm/nodes.ts';
import type { Origin } from '../place.ts';
import type { Hit, Rule } from '../rule.ts';

export const FILE_RULES: readonly Rule[] = [
  {
    id: 'file-broken',
    severity: 'error',
    what: 'Helm cannot read the file.',
    advice: 'Correct the line.',
    *check(subject): Iterable<Hit> {
      for (const { at, reason } of subject.all('broken'))
        yield { at, message: `Helm cannot read this file: ${reason}.` };
    },
  },
  {
    id: 'key-twice',
    severity: 'error',
    what: 'A key stands twice in one map. Helm silently takes the last one, and what stands below the first one is lost.',
    advice: 'Put everything below one of them, and remove the other.',
    *check(subject): Iterable<Hit> {
      for (const { root, origin, component } of subject.all('values'))
        if (component !== 'other') yield* keysTwice(root, '', origin);
    },
  },
  {
    id: 'documents-unused',
    severity: 'warning',
    what: 'A values file with several documents. Helm 3 takes the first one and silently drops the others; Helm 4 merges them.',
    advice: 'Make a file of each document, and give each with -f.',
    *check(subject): Iterable<Hit> {
      for (const { at } of subject.all('further-documents'))
        yield { at, message: 'Helm 3 takes the first document of this file and drops what starts here.' };
    },
  },
  {
    id: 'unseen',
    severity: 'warning',
    what: 'Something changes the result and does not stand in the files: an encrypted file, a template, values from elsewhere (`valueFiles`, `valuesFrom`), or a change after Helm (kustomize, post-renderers). Rules that need what is missing do not fire.',
    advice: 'Check what comes out at the end: helm template … | codemie platform check -',
    check: (subject) => subject.all('unseen'),
  },
  {
    id: 'other-chart',
    severity: 'warning',
    what: "A values file with environment variables that is not of the platform's charts. No other rule looks at it.",
    advice: 'Leave this file out, or say what it is for with --api FILE or --ui FILE.',
    *check(subject): Iterable<Hit> {
      for (const { root, origin, component } of subject.all('values')) {
        const [first] = component === 'other' ? envIn(root, '') : [];
        if (first !== undefined)
          yield {
            at: origin.at(first.key, first.path),
            message: "These values are not of the platform's charts.",
          };
      }
    },
  },
  {
    id: 'other-chart-env',
    severity: 'warning',
    what: "Environment variables of another chart in a form that the platform's chart does not take: a map, a text, or a value that is not a text.",
    advice: "Use the list with name and value if you copy this to the platform's chart.",
    *check(subject): Iterable<Hit> {
      for (const { root, origin, component, isForeign } of subject.all('values'))
        if (component === 'other')
          // A text in a file that names no chart: list-shape says it.
          for (const { key, value, path } of envIn(root, ''))
            if (isForeign || path !== 'extraEnv' || contentOf(value).kind !== 'scalar')
              for (const message of foreignShapes(path, value)) yield { at: origin.at(key, path), message };
    },
  },
];

function* keysTwice(node: HelmNode, path: string, origin: Origin): Iterable<Hit> {
  if (node.kind === 'list')
    for (const [index, item] of node.items.entries()) yield* keysTwice(item, `${path}[${index}]`, origin);
  if (node.kind !== 'map') return;
  const seen = new Map<string, HelmNode>();
  for (const { name, key, value, merge } of node.entries) {
    const below = path === '' ? name : `${path}.${name}`;
    const first = merge ? undefined : seen.get(name);
    if (first !== undefined)
      yield {
        at: origin.at(key, below),
        message: `${name} also stands in line ${origin.at(first, below).line}, and what it has there is lost.`,
      };
    seen.set(name, key);
    yield* keysTwice(value, below, origin);
  }
}

interface Env {
  readonly key: HelmNode;
  readonly value: HelmNode;
  readonly path: string;
}

/** Everything that looks like a set of environment variables, at any depth. What an alias repeats stands elsewhere. */
function envIn(node: HelmNode, path: string): readonly Env[] {
  if (node.kind === 'list') return node.items.flatMap((item, index) => envIn(item, `${path}[${index}]`));
  if (node.kind !== 'map') return [];
  return node.entries.flatMap(({ name, key, value }) => {
    const below = path === '' ? name : `${path}.${name}`;
    const isEnv = /^(extraEnv|customEnv)$/.test(name) || (name === 'env' && value.kind === 'map');
    return value.kind === 'alias' ? [] : isEnv ? [{ key, value, path: below }] : envIn(value, below);
  });
}

function* foreignShapes(path: string, value: HelmNode): Iterable<string> {
  const content = contentOf(value);
  const isExtra = !path.endsWith('env');
  if (content.kind === 'map' && isExtra)
    yield `${path} is a map; the platform's chart would silently drop every entry of it.`;
  if (content.kind === 'scalar' && isExtra && content.value !== null)
    yield `${path} is a text; the platform's chart only takes a list.`;
  if (content.kind !== 'map') return;
  for (const { name, value: node } of content.entries) {
    const scalar = contentOf(node);
    if (scalar.kind === 'scalar' && ['number', 'boolean'].includes(typeof scalar.value))
      yield `${path}.${name} is a ${typeof scalar.value}; the platform's chart only takes a text.`;
  }
}
