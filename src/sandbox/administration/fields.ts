import { type Html, html, type Part } from './html.ts';

interface SelectField {
  readonly label: string;
  readonly name: string;
  /** Values, or value and text. */
  readonly options: readonly (string | readonly [string, string])[];
  readonly chosen: string | undefined;
  /** Unique on the page; the name, unless given. */
  readonly id?: string;
  /** Whether only assistive technology gets the label, because the table around the field shows as much. */
  readonly isLabelHidden?: boolean;
}

export function selectField({ label, name, options, chosen, id = name, isLabelHidden }: SelectField): Html {
  const shown = options.map((option) => {
    const [value, text] = typeof option === 'string' ? [option, option] : option;
    return html`<option value="${value}"${value === chosen && html` selected`}>${text}</option>`;
  });
  return html`<div><label for="${id}"${isLabelHidden === true && html` class="hidden"`}>${label}</label><select id="${id}" name="${name}">${shown}</select></div>`;
}

interface TextField {
  readonly label: string;
  readonly name: string;
  readonly value?: string | number;
  readonly type?: 'text' | 'email' | 'password';
  /** More attributes. */
  readonly more?: Html;
}

/** The name is the ID too, so it is unique on the page. */
export function textField({ label, name, value = '', type = 'text', more }: TextField): Html {
  return html`<div><label for="${name}">${label}</label><input id="${name}" type="${type}" name="${name}" value="${value}" ${more}></div>`;
}

/** For the fields of a change: nobody sends them empty. */
export const REQUIRED = html`required`;

export function checkBox(label: string, name: string, more: Part): Html {
  return html`<div class="check"><input id="${name}" type="checkbox" name="${name}" ${more}><label for="${name}">${label}</label></div>`;
}

/** A person's roles in a project. */
export const ROLES = [
  ['user', 'User'],
  ['admin', 'Project Admin'],
] as const;
