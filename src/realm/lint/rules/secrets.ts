import { isSecretField } from '../../model/security.ts';
import { MASK } from '../../model/values.ts';
import { isOpen, type Place, pathText } from '../place.ts';
import type { Hit, Rule } from '../rule.ts';

/** All texts that are secrets. */
function* secretsIn(place: Place): Iterable<Place> {
  if (place.text !== undefined && isSecret(place)) yield place;
  for (const item of place.items) yield* secretsIn(item);
  for (const [, member] of place.members) yield* secretsIn(member);
}

function isSecret({ path, value }: Place): boolean {
  if (value === MASK) return true;
  const names = path.filter((key) => typeof key === 'string');
  // Texts of the sign-in pages in other languages are named as they like.
  if (names[0] === 'localizationTexts') return false;
  if (names.at(-2) === 'credentials') return names.at(-1) === 'value' || names.at(-1) === 'secretData';
  return isSecretField(names.join('.'));
}

function isPublic(client: Place): boolean {
  return client.at('publicClient').isTrue || client.at('bearerOnly').isTrue;
}

/** @returns the places of secrets that public clients have. */
function secretsOfPublic(root: Place): readonly Place[] {
  return root
    .at('clients')
    .objects.filter(isPublic)
    .map((client) => client.at('secret'))
    .filter(({ text }) => text !== undefined);
}

export const SECRET_RULES: readonly Rule[] = [
  {
    id: 'secret-mask',
    severity: 'error',
    what: "A secret that is the mask `**********` of an export. Keycloak's import stores the mask as the secret, and sign-ins fail.",
    advice: `Write \${NAME} for the secret, or leave it out.`,
    *check({ roots }): Iterable<Hit> {
      for (const root of roots)
        for (const at of secretsIn(root))
          if (
            at.text === MASK &&
            !secretsOfPublic(root).some((one) => pathText(one.path) === pathText(at.path))
          )
            yield { at, message: 'Keycloak would store this mask as the secret.' };
    },
  },
  {
    id: 'secret-in-file',
    severity: 'warning',
    what: 'A secret stands in the file as it is. Whoever can read the file has it.',
    advice: `Write \${NAME}, and set the variable where the file is used.`,
    *check({ roots }): Iterable<Hit> {
      for (const root of roots) {
        const ofPublic = new Set(secretsOfPublic(root).map(({ path }) => pathText(path)));
        for (const at of secretsIn(root))
          if (at.text !== MASK && !isOpen(at.text ?? '') && !ofPublic.has(pathText(at.path)))
            yield { at, message: 'This secret can be read by everybody who can read the file.' };
      }
    },
  },
  {
    id: 'secret-of-public-client',
    severity: 'warning',
    what: 'A public client has a secret. Keycloak drops it without an error, and the client signs in without one.',
    advice: 'Remove the secret, or make the client confidential (publicClient false).',
    *check({ roots }): Iterable<Hit> {
      for (const root of roots)
        for (const at of secretsOfPublic(root))
          yield { at, message: 'A public client has no secret; Keycloak drops this one.' };
    },
  },
];
