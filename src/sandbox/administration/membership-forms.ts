import { ROLES, selectField } from './fields.ts';
import { type Html, html } from './html.ts';
import { changeForm, type Visit } from './visit.ts';

/**
 * Changes the role in one membership.
 *
 * @param whose `of Ada` or `in compilers`.
 * @param id of the field, unique on the page.
 * @param field says which membership it is.
 */
export function roleForm(
  visit: Visit,
  { whose, id, isAdmin }: { readonly whose: string; readonly id: string; readonly isAdmin: boolean },
  field: Html,
): Html {
  return changeForm(
    visit,
    {
      button: html`Save<span class="hidden"> the role ${whose}</span>`,
      action: 'change-role',
      inline: true,
    },
    field,
    selectField({
      label: `Role ${whose}`,
      name: 'role',
      options: ROLES,
      chosen: isAdmin ? 'admin' : 'user',
      id,
      isLabelHidden: true,
    }),
  );
}

/** @param what the button removes. */
export function removeForm(visit: Visit, what: string, action: string, field: Html): Html {
  return changeForm(
    visit,
    { button: html`Remove<span class="hidden"> ${what}</span>`, action, inline: true },
    field,
  );
}
