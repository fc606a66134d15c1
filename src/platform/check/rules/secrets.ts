import type { SecretManifest } from '../documents.ts';
import type { EnvEntry } from '../env.ts';
import { isOpen } from '../open.ts';
import type { Place } from '../place.ts';
import type { Hit, Rule } from '../rule.ts';
import { endOf, isSecretVariable, secretText } from '../secret-text.ts';
import type { Subject } from '../subject.ts';
import { folded } from '../workload.ts';

/** `scheme://user:password@host` */
const IN_URL = /^[a-z][a-z\d+.-]*:\/\/[^/?#\s:@]*:([^/?#\s@]+)@/i;
/** Variables without which the migration or the first administrator does not work. */
const NEEDED = /^(KEYCLOAK_ADMIN_|SUPERADMIN_)/;
/** A shorter text may stand anywhere by chance. */
const SHORTEST = 8;

export const SECRET_RULES: readonly Rule[] = [
  {
    id: 'secret-in-file',
    severity: 'error',
    what: 'A secret stands in the file as text: as the `value` of a variable, in an address, or as a copy of what a Secret holds. Whoever can read the file has it, and so has everybody who can read the Deployment.',
    advice: 'Put it into a Secret, and write valueFrom with secretKeyRef.',
    *check(subject): Iterable<Hit> {
      const secrets = secretsIn(subject);
      for (const { entry, text } of secrets)
        yield {
          at: entry.value?.at ?? entry.at,
          message: `${entry.name} stands here as text.${alsoIn(text, entry.value?.at ?? entry.at, subject)}`,
        };
      for (const { name, key, text, at, lines } of manifestTexts(subject))
        for (const place of copiesOf(text, subject, at, lines))
          if (!secrets.some(({ entry }) => isAt(entry.value?.at, place)))
            yield { at: place, message: `This line repeats what the Secret ${name} has under ${key}.` };
    },
  },
  {
    id: 'secret-optional',
    severity: 'error',
    what: 'A variable that the import needs comes from an optional Secret. Without the Secret, the pod starts, and the import fails with one line in the log.',
    advice: 'Remove optional: true.',
    *check(subject): Iterable<Hit> {
      for (const { name = '', reference } of subject.api?.ownEntries ?? [])
        if (reference?.optional === true && NEEDED.test(folded(name)))
          yield {
            at: reference.at,
            message: `${name} is optional: without its Secret the pod starts, and the import fails.`,
          };
    },
  },
  {
    id: 'secret-key-missing',
    severity: 'error',
    what: 'A variable names a key that the Secret among the files does not have, or the Secret is in another namespace. The pod does not start.',
    advice: 'Correct the key or the namespace.',
    *check(subject): Iterable<Hit> {
      const secrets = subject.all('secret');
      for (const { name, reference } of subject.api?.ownEntries ?? []) {
        const named = secrets.filter((secret) => secret.name === reference?.name);
        if (reference?.kind !== 'secret' || reference.key === undefined || named.length === 0) continue;
        const wrong = mismatch(name ?? 'This entry', reference.key, named, subject);
        if (wrong !== undefined) yield { at: reference.at, ...wrong };
      }
    },
  },
  {
    id: 'secret-line-end',
    severity: 'error',
    what: 'A value in a Secret manifest ends with a line feed, as from `echo … | base64`. The pod gets it with the line feed, and the other side answers that the secret is wrong.',
    advice: 'Write it under stringData, in one line.',
    *check(subject): Iterable<Hit> {
      for (const { name, key, text, at } of manifestTexts(subject))
        if (endOf(text) !== undefined)
          yield {
            at,
            message: `The value of ${key} in the Secret ${name} ends with ${endOf(text)}.`,
            advice: `Write it under stringData, in one line: stringData: {${key}: …}. Or use printf instead of echo before base64.`,
          };
    },
  },
  {
    id: 'secret-not-base64',
    severity: 'error',
    what: 'A value under `data` of a Secret manifest is not base64. The API server refuses the Secret.',
    advice: 'Write it under stringData instead of data.',
    *check(subject): Iterable<Hit> {
      for (const { name, keys } of subject.all('secret'))
        for (const [key, value] of keys)
          if (value.form === 'data' && secretText(value) === undefined && !isOpen(String(value.node.value)))
            yield { at: value.at, message: `The value of ${key} in the Secret ${name} is not base64.` };
    },
  },
];

interface SecretEntry {
  readonly entry: EnvEntry;
  readonly text: string;
}

/** Entries of the files with a secret as text, in lists that are in force and in those that are not. */
function secretsIn({ api }: Subject): readonly SecretEntry[] {
  if (api === undefined) return [];
  const lists = [...api.ownLists, ...api.replaced.map(({ list }) => list)];
  return lists.flatMap(({ entries }) =>
    entries.flatMap((entry): readonly SecretEntry[] => {
      const { name = '', value, ofChart } = entry;
      if (ofChart === true || value?.text === undefined) return [];
      const text = isSecretVariable(name) ? value.text : IN_URL.exec(value.text)?.[1];
      return text === undefined || text.trim() === '' || isOpen(text) ? [] : [{ entry, text }];
    }),
  );
}

/** @returns lines of the files that hold a text, but for those at a place. */
function copiesOf(text: string, { files }: Subject, but: Place, lines = 1): readonly Place[] {
  const wanted = text.trim();
  if (wanted.length < SHORTEST || wanted.includes('\n')) return [];
  return files.flatMap(({ name, text: all }) =>
    all.split('\n').flatMap((line, index): readonly Place[] => {
      const place = { file: name, line: index + 1, from: index + 1, path: '' };
      return line.includes(wanted) && !isAt(but, place, lines) ? [place] : [];
    }),
  );
}

function alsoIn(text: string, at: Place, subject: Subject): string {
  const places = copiesOf(text, subject, at).map(({ file, line }) =>
    file === at.file ? `line ${line}` : `${file}:${line}`,
  );
  return places.length === 0 ? '' : ` It also stands in ${places.join(', ')}.`;
}

function isAt(one: Place | undefined, other: Place, lines = 1): boolean {
  return one?.file === other.file && one.line <= other.line && other.line < one.line + lines;
}

/** What can be read of the Secrets among the files. */
function* manifestTexts(subject: Subject) {
  for (const { name, keys } of subject.all('secret'))
    for (const [key, value] of keys) {
      const text = secretText(value);
      if (text !== undefined && !isOpen(text)) yield { name, key, text, at: value.at, lines: value.lines };
    }
}

function mismatch(
  variable: string,
  key: string,
  secrets: readonly SecretManifest[],
  { api }: Subject,
): { readonly message: string; readonly advice: string } | undefined {
  const [first] = secrets;
  const keys = secrets.flatMap((secret) => [...secret.keys.keys()]);
  const file = `${first?.at.file}:${first?.at.line}`;
  if (!keys.includes(key))
    return {
      message: `${variable} takes the key ${key}, and the Secret ${first?.name} (${file}) does not have it.`,
      advice: `Write key: ${keys[0] ?? 'KEY'}, or add ${key} to the Secret.`,
    };
  const namespaces = secrets.map(({ namespace }) => namespace);
  const own = [...(api?.values ?? []), ...(api?.rendered ?? [])].map(({ target }) => target.namespace);
  const wanted = own.find((namespace) => namespace !== undefined);
  if (wanted === undefined || namespaces.some((namespace) => namespace === undefined || namespace === wanted))
    return undefined;
  return {
    message: `${variable} takes the Secret ${first?.name}, which is in the namespace ${namespaces[0]} (${file}), and the API in ${wanted}.`,
    advice: `Write namespace: ${wanted} in the Secret.`,
  };
}
