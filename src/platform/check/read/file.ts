import { memberOf, scalarOf, textOf } from '../../helm/nodes.ts';
import { type HelmDocument, readHelmYaml } from '../../helm/yaml.ts';
import type { Item, Unseen } from '../documents.ts';
import { Origin, type Place } from '../place.ts';
import { manifestItems } from './manifests.ts';
import { type Component, valuesItems } from './values.ts';

/** A file to check: values, or documents that hold or become some. */
export interface CheckFile {
  /** As the person gave it. */
  readonly name: string;
  readonly text: string;
  /** What the person says that its values are for; told from the content otherwise. */
  readonly component?: Component;
}

/** @returns what stands in a file. */
export function itemsIn({ name, text, component }: CheckFile): readonly Item[] {
  const origin = new Origin(name, text);
  const place = (line: number): Place => ({ file: name, line, from: line, path: '' });
  if (isTemplate(name, text)) return [template(place(1))];
  let values = 0;
  return readHelmYaml(text).flatMap((document): readonly Item[] => {
    const { root, line, problem } = document;
    if (root === undefined)
      return text.includes('{{')
        ? [template(place(problem?.line ?? line))]
        : [{ kind: 'broken', at: place(problem?.line ?? line), reason: problem?.reason ?? '' }];
    if (isEmpty(document)) return [];
    if (isEncrypted(document)) return [encrypted(place(line))];
    if (textOf(memberOf(root, 'kind')) !== undefined && textOf(memberOf(root, 'apiVersion')) !== undefined)
      return manifestItems(root, origin);
    values += 1;
    if (values === 2) return [{ kind: 'further-documents', at: place(line) }];
    return values > 2 ? [] : valuesItems(root, origin, component);
  });
}

function isTemplate(name: string, text: string): boolean {
  return /\.(gotmpl|tpl)$/.test(name) || /^(?:[^\S\n]*(?:#.*)?\n)*[^\S\n]*\{\{/.test(text);
}

function template(at: Place): Unseen {
  return {
    kind: 'unseen',
    at,
    message: 'This is a template, and what it becomes cannot be seen here.',
    advice:
      'Render it, and check the result: helmfile template | codemie platform check -, or helm template … | codemie platform check -',
    mayHoldEnv: true,
  };
}

function isEmpty({ root }: HelmDocument): boolean {
  return scalarOf(root) === null;
}

function isEncrypted({ root }: HelmDocument): boolean {
  const sops = memberOf(root, 'sops');
  return ['mac', 'version', 'lastmodified'].some((member) => memberOf(sops, member) !== undefined);
}

function encrypted(at: Place): Unseen {
  return {
    kind: 'unseen',
    at,
    message: 'This file is encrypted with SOPS, so its values cannot be seen here.',
    advice: 'Check what Helm gets: sops decrypt FILE | codemie platform check -',
    mayHoldEnv: true,
  };
}
