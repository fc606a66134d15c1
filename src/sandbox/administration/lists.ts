import { selectField } from './fields.ts';
import { type Html, html, type Part } from './html.ts';

const SIZES = [10, 20, 50, 100];

/** The part of a list that a page's address asks for. In the address the first page is 1, in the API it is 0. */
export interface Window {
  readonly page: number;
  readonly size: number;
}

export interface PagedBody<T> {
  readonly data: readonly T[];
  readonly pagination: { readonly total: number };
}

export function windowIn({ searchParams }: URL): Window {
  const page = Number(searchParams.get('page'));
  const size = Number(searchParams.get('size'));
  return {
    page: Number.isSafeInteger(page) && page > 0 ? page : 1,
    size: SIZES.includes(size) ? size : 20,
  };
}

export function windowQuery({ page, size }: Window): { page: string; per_page: string } {
  return { page: String(page - 1), per_page: String(size) };
}

/** Links to the pages before and after, which keep the filters of the address. */
export function pageLinks(url: URL, total: number): Html {
  const { page, size } = windowIn(url);
  const last = Math.max(1, Math.ceil(total / size));
  const link = (to: number, name: string): Part => {
    if (to < 1 || to > last) return undefined;
    const query = new URLSearchParams(url.search);
    query.set('page', String(to));
    return html`<li><a href="${url.pathname}?${query.toString()}">${name}</a></li>`;
  };
  return html`<nav aria-label="Pages"><ul>${link(page - 1, 'Previous page')}<li>Page ${page} of ${last}</li>${link(page + 1, 'Next page')}</ul></nav>`;
}

export function sizeField(size: number): Html {
  return selectField({ label: 'Rows', name: 'size', options: SIZES.map(String), chosen: String(size) });
}

interface Table {
  readonly caption: string;
  readonly columns: readonly Part[];
  readonly rows: readonly Html[];
  /** What to say instead of rows. */
  readonly empty: string;
  /** Whether a heading above the table says as much as its caption. */
  readonly isCaptionHidden?: boolean;
}

/** A table in a frame that scrolls, also with the keyboard. */
export function table({ caption, columns, rows, empty, isCaptionHidden }: Table): Html {
  const head = columns.map((name) => html`<th scope="col">${name}</th>`);
  const none = html`<tr><td colspan="${columns.length}">${empty}</td></tr>`;
  const hidden = isCaptionHidden === true && html` class="hidden"`;
  return html`<div class="scroll" role="region" aria-label="${caption}" tabindex="0"><table><caption${hidden}>${caption}</caption>
<thead><tr>${head}</tr></thead><tbody>${rows.length === 0 ? none : rows}</tbody></table></div>`;
}

/** A date of the API: UTC without a zone. */
export function day(date: string | null | undefined): Part {
  if (!date) return 'unknown';
  return html`<time datetime="${date}">${date.slice(0, 16).replace('T', ' ')}</time>`;
}
