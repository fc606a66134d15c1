import { escapeHtml } from '../../system/escape-html.ts';

/** Text that is HTML already. Only `html` makes it, so that everything else is escaped. */
export interface Html {
  readonly html: string;
}

export type Part = Html | string | number | undefined | false | readonly Part[];

/** A template of HTML: escapes each part that is not HTML itself. Attributes need double quotes around their value. */
export function html(texts: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return { html: texts.reduce((all, text, at) => `${all}${partOf(parts[at - 1])}${text}`) };
}

function partOf(part: Part): string {
  if (part === undefined || part === false) return '';
  if (Array.isArray(part)) return part.map(partOf).join('');
  return typeof part === 'object' ? (part as Html).html : escapeHtml(String(part));
}
