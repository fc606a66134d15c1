import { pydanticBoolean, pydanticInteger } from '../../../system/pydantic.ts';
import { CUSTOM_ENV, EXTRA_ENV } from '../../helm/chart-env.ts';
import type { EnvValue } from '../env.ts';
import { BOOLEANS, INTEGERS, PROVIDERS, SETTINGS } from '../known/settings.ts';
import { nearest } from '../nearest.ts';
import { isOpen } from '../open.ts';
import type { Hit, Rule } from '../rule.ts';
import { isSecretVariable } from '../secret-text.ts';
import type { Subject } from '../subject.ts';
import { folded } from '../workload.ts';

/** What a column of the database holds. */
const LARGEST_LIMIT = 2_147_483_647;

export const VARIABLE_RULES: readonly Rule[] = [
  {
    id: 'value-not-text',
    severity: 'error',
    what: 'A value that is not a text in YAML: `true`, `on`, `yes`, `3` and the like without quotes, as Helm reads them. The API server refuses the Deployment.',
    advice: 'Write it in quotes.',
    *check(subject): Iterable<Hit> {
      for (const { name, value } of subject.api?.ownEntries ?? [])
        if (value !== undefined && !value.isText)
          yield {
            at: value.at,
            message: `The value of ${name ?? 'this entry'} is ${kindOf(value, name)}, and the API server only takes a text.`,
            advice:
              value.text === undefined
                ? 'Write a text.'
                : isSecretVariable(name ?? '')
                  ? 'Write it in quotes, or better take it from a Secret with valueFrom.'
                  : `Write value: "${quoted(value)}".`,
          };
    },
  },
  {
    id: 'value-and-reference',
    severity: 'error',
    what: 'A variable with `value` and `valueFrom`. The API server refuses the Deployment.',
    advice: 'Remove one of the two.',
    *check(subject): Iterable<Hit> {
      for (const { name, value, reference } of subject.api?.ownEntries ?? [])
        if (reference !== undefined && value !== undefined && value.text !== '')
          yield { at: reference.at, message: `${name ?? 'This entry'} has value and valueFrom.` };
    },
  },
  {
    id: 'boolean-word',
    severity: 'error',
    what: 'A switch with a text that the server does not know. It takes true, false, 1, 0, yes, no, on, off, t, f, y and n, in any case and without spaces around them; with anything else, an empty text too, it does not start.',
    advice: 'Write "true" or "false".',
    *check(subject): Iterable<Hit> {
      for (const { name, value, text } of known(subject))
        if (BOOLEANS.has(folded(name)) && pydanticBoolean(text) === undefined)
          yield {
            at: value.at,
            message: `${name} is ${shown(text)}, which is neither true nor false to the server, and it does not start.`,
          };
    },
  },
  {
    id: 'integer-word',
    severity: 'error',
    what: 'A number with a text that is not an integer to the server, such as 3.5, 1e3 or an empty one. The server does not start.',
    advice: 'Write an integer in quotes.',
    *check(subject): Iterable<Hit> {
      for (const { name, value, text } of known(subject))
        if (INTEGERS.has(folded(name)) && pydanticInteger(text) === undefined)
          yield {
            at: value.at,
            message: `${name} is ${shown(text)}, which is not an integer, and the server does not start.`,
          };
    },
  },
  {
    id: 'project-limit',
    severity: 'error',
    what: 'A `USER_PROJECT_LIMIT` that the database does not store: below 0, or above 2147483647. The server starts, and then cannot create people.',
    advice: 'Write how many projects a person may create: "3".',
    *check(subject): Iterable<Hit> {
      for (const { name, value, text } of known(subject)) {
        const limit = folded(name) === 'USER_PROJECT_LIMIT' ? pydanticInteger(text) : undefined;
        if (limit !== undefined && (limit < 0 || limit > LARGEST_LIMIT))
          yield {
            at: value.at,
            message: `With USER_PROJECT_LIMIT ${text}, the database refuses every new person.`,
          };
      }
    },
  },
  {
    id: 'provider-word',
    severity: 'error',
    what: 'An `IDP_PROVIDER` that the server does not know. It does not start.',
    advice: `Write one of ${PROVIDERS.join(', ')}.`,
    *check(subject): Iterable<Hit> {
      for (const { name, value, text } of known(subject))
        if (folded(name) === 'IDP_PROVIDER' && !PROVIDERS.includes(text))
          yield {
            at: value.at,
            message: `The server does not know the IDP_PROVIDER ${shown(text)}, and does not start.`,
          };
    },
  },
  {
    id: 'name-typo',
    severity: 'warning',
    what: 'A variable that the server does not read, with a name close to one that it does. The server silently ignores unknown names.',
    advice: 'Correct the name.',
    *check(subject): Iterable<Hit> {
      const used = new Set((subject.api?.ownEntries ?? []).map(({ name }) => folded(name ?? '')));
      for (const { name, at } of subject.api?.ownEntries ?? []) {
        const meant = name === undefined ? undefined : nearest(folded(name), NAMES);
        if (meant !== undefined && !used.has(meant))
          yield {
            at,
            message: `The server does not read ${name}. Do you mean ${meant}?`,
            advice: `Write name: ${meant}.`,
          };
      }
    },
  },
];

const NAMES: ReadonlySet<string> = new Set([
  ...SETTINGS,
  ...[...EXTRA_ENV, ...CUSTOM_ENV].map(([name]) => name),
]);

interface Known {
  readonly name: string;
  readonly value: EnvValue;
  readonly text: string;
}

/** The texts in the files that the server gets as they stand. */
function* known(subject: Subject): Iterable<Known> {
  for (const { name, value, reference } of subject.api?.ownEntries ?? [])
    if (name !== undefined && value?.text !== undefined && reference === undefined && !isOpen(value.text))
      yield { name, value, text: value.text };
}

function kindOf({ text }: EnvValue, name = ''): string {
  if (text === undefined) return 'a map or a list';
  if (isSecretVariable(name)) return 'a number or a boolean';
  return /^(true|false)$/.test(text) ? `the boolean ${text}` : `the number ${text}`;
}

/** What the person meant: numbers as they are written, switches as the word that Helm read. */
function quoted({ text, source }: EnvValue): string {
  return /^(true|false)$/.test(text ?? '') ? (text ?? '') : source;
}

/** These texts are words and numbers, no secrets: but a person may mix up two lines. */
function shown(text: string): string {
  return text === '' ? 'empty' : text.length <= 12 ? JSON.stringify(text) : 'a text';
}
