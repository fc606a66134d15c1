import { usesIn } from './names.ts';
import { lineAt, type Tag, tagsOf } from './tokens.ts';

/** The filter that a guarded template calls for a variable that is not defined, with the number of its use. */
export const MISSING_FILTER = 'codemie_missing';

export interface Guarded {
  readonly text: string;
  /** By number. */
  readonly uses: readonly { readonly name: string; readonly line: number }[];
}

/**
 * In some places, minijinja takes a variable that is not defined for an empty text: before a filter, with `~`, in a
 * comparison. This makes a template that reports each of them. Rendered, it gives the same text.
 */
export function guarded(template: string): Guarded {
  const found = tagsOf(template).flatMap((tag) =>
    usesIn(tag, template).filter(({ after }) => !mayBeMissing(tag, after)),
  );
  let text = '';
  let at = 0;
  for (const [number, { text: name, start, end }] of found.entries()) {
    const guard = `(${name} if ${name} is defined else (${number}|${MISSING_FILTER}))`;
    text += template.slice(at, start) + guard;
    at = end;
  }
  const uses = found.map(({ text: name, start }) => ({ name, line: lineAt(template, start) }));
  return { text: text + template.slice(at), uses };
}

/** @returns whether the template asks itself if the variable before this token is defined. */
function mayBeMissing({ tokens }: Tag, after: number): boolean {
  const [sign, word, next] = [after, after + 1, after + 2].map((index) => tokens[index]?.text ?? '');
  if (sign === '|') return word === 'default' || word === 'd';
  return sign === 'is' && /^(un)?defined$/.test((word === 'not' ? next : word) ?? '');
}
