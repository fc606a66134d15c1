import {
  contentOf,
  type HelmNode,
  itemsOf,
  memberOf,
  membersOf,
  scalarOf,
  textOf,
} from '../../helm/nodes.ts';
import type { Target, Values } from '../documents.ts';
import { SETTINGS } from '../known/settings.ts';
import type { Origin } from '../place.ts';

export type Component = 'api' | 'ui';

/** Top-level keys that the API's chart alone has. */
const API_KEYS =
  'customEnv dsPool proxyPool opsPool ingressSwagger ingressWebHooks ingressCallbacksIndex codemieuiProvider dynamicMode'.split(
    ' ',
  );
/** Keys under which a chart of charts holds the values of the platform's. */
const SUBCHART = /^codemie([-_]?(api|ui))?$/i;

/**
 * @param component what the person says that the values are for.
 * @returns the values of a document, and those of the platform's charts within them.
 */
export function valuesItems(
  root: HelmNode,
  origin: Origin,
  component: Component | undefined,
  target: Target = {},
  isForeign = false,
): readonly Values[] {
  const item = (node: HelmNode, at: Origin, of: Values['component']): Values => ({
    kind: 'values',
    component: of,
    isForeign,
    root: node,
    origin: at,
    target,
  });
  if (isForeign) return [item(root, origin, 'other')];
  const own = component ?? componentOf(root);
  if (own !== undefined) return [item(root, origin, own)];
  const below = [...membersOf(root)].flatMap(([name, { value }]) => {
    const of = SUBCHART.test(name) ? componentOf(value) : undefined;
    return of === undefined ? [] : [item(value, origin.below(name), of)];
  });
  return below.length > 0 ? below : [item(root, origin, 'other')];
}

/** @returns whose values these are, by their content; undefined if they are of another chart. */
function componentOf(root: HelmNode): Component | undefined {
  const members = membersOf(root);
  if (API_KEYS.some((key) => members.has(key)) || namesSettings(members.get('extraEnv')?.value)) return 'api';
  const name = textOf(memberOf(root, 'fullnameOverride')) ?? textOf(memberOf(root, 'nameOverride'));
  if (name === 'codemie' || name === 'codemie-api') return 'api';
  const isUi =
    [...members.keys()].some((key) => /^vite[A-Z]/.test(key)) ||
    [...membersOf(members.get('extraConfig')?.value).keys()].some((key) => key.startsWith('VITE_')) ||
    name === 'codemie-ui' ||
    // What is left of the UI's chart from 2.41 on may be this alone.
    (members.has('extraConfig') && membersOf(members.get('extraConfig')?.value).size === 0);
  return isUi ? 'ui' : undefined;
}

/** @returns whether a list, or what stands in its place, has a name that the platform's API reads. */
function namesSettings(list: HelmNode | undefined): boolean {
  if (list === undefined) return false;
  const isSetting = (name: unknown): boolean => typeof name === 'string' && SETTINGS.has(name.toUpperCase());
  const text = contentOf(list).kind === 'scalar' ? scalarOf(list) : undefined;
  return (
    itemsOf(list).some((item) => isSetting(scalarOf(memberOf(item, 'name')))) ||
    [...membersOf(list).keys()].some(isSetting) ||
    (typeof text === 'string' &&
      [...text.matchAll(/^[ \t]*(?:-[ \t]+)?name:[ \t]*["']?(\w+)/gm)].some(([, name]) => isSetting(name)))
  );
}
