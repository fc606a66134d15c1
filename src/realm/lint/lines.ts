import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import { isJson } from '../file/load.ts';
import type { Path } from './place.ts';

/**
 * Finds lines in the text of a JSON or YAML file. The text is parsed with the first question, because most files have no
 * findings.
 */
export function lineFinder(text: string): (path: Path) => number | undefined {
  let find: ((path: Path) => number | undefined) | undefined;
  return (path) => {
    find ??= finderIn(isJson(text) ? jsonAsYaml(text) : text);
    return find(path);
  };
}

function finderIn(text: string): (path: Path) => number | undefined {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, uniqueKeys: false, logLevel: 'silent' });
  const resolved = (node: unknown): unknown => (isAlias(node) ? node.resolve(document) : node);
  return (path) => {
    let node: unknown = resolved(document.contents);
    let start = startOf(document.contents);
    for (const key of path) {
      const found = isMap(node)
        ? // The last of several members with one name is the one that counts.
          node.items.findLast((pair) => isScalar(pair.key) && String(pair.key.value) === String(key))
        : undefined;
      if (found !== undefined) {
        start = startOf(found.key) ?? start;
        node = resolved(found.value);
      } else if (isSeq(node) && typeof key === 'number' && node.items[key] !== undefined) {
        start = startOf(node.items[key]) ?? start;
        node = resolved(node.items[key]);
      } else break;
    }
    return start === undefined ? undefined : counter.linePos(start).line;
  };
}

function startOf(node: unknown): number | undefined {
  return (node as Node | null | undefined)?.range?.[0];
}

/** YAML has all of JSON but comments of this form and tabs; both become as many spaces. */
function jsonAsYaml(text: string): string {
  return text.replace(
    /("(?:\\[\s\S]|[^"\\])*(?:"|\\?$))|\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|\t/g,
    (match, kept?: string) => (kept === undefined ? match.replace(/[^\n]/g, ' ') : kept),
  );
}
