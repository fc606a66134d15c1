import { compareVersions, MERGES_LISTS_SINCE, NEWEST_CHART } from '../../helm/charts.ts';
import { membersOf } from '../../helm/nodes.ts';
import type { Api } from '../api.ts';
import { type EnvEntry, type EnvList, envList } from '../env.ts';
import type { Place } from '../place.ts';
import type { Hit, Rule } from '../rule.ts';
import { isSecretVariable } from '../secret-text.ts';
import type { Subject } from '../subject.ts';
import { folded } from '../workload.ts';

export const LIST_RULES: readonly Rule[] = [
  {
    id: 'idp-provider-lost',
    severity: 'error',
    what: 'The server gets no `IDP_PROVIDER`, mostly because a list of yours replaces the one of the chart, which has `IDP_PROVIDER=keycloak`: Helm merges maps, not lists. The server then takes `local`, which trusts a header that anybody can send.',
    advice:
      'Copy the list of the chart into your file, with your variables added. codemie platform values enable prints it.',
    *check(subject): Iterable<Hit> {
      const main = subject.api?.main;
      if (main?.read('IDP_PROVIDER').state !== 'absent') return;
      yield {
        at: main.at,
        message:
          `There is no IDP_PROVIDER, so the server signs people in by a header that anybody can send (local). ${lostText(subject)}`.trim(),
        advice:
          'Copy the list of the chart into your file, with your variables added (codemie platform values enable prints it), or write IDP_PROVIDER yourself.',
      };
    },
  },
  {
    id: 'defaults-dropped',
    severity: 'warning',
    what: 'A list of yours replaces the one of the chart, and has fewer variables: Helm merges maps, not lists. The server takes its own defaults for those that are lost.',
    advice: 'Add those that you need. The others are fine to lose; say so with a comment.',
    *check(subject): Iterable<Hit> {
      const main = subject.api?.main;
      if (main === undefined || main.read('IDP_PROVIDER').state === 'absent') return;
      const at = lostDefaults(subject)[0]?.by.at;
      if (at !== undefined) yield { at, message: lostText(subject) };
    },
  },
  {
    id: 'list-replaced',
    severity: 'error',
    what: 'A list in a later file replaces the one in an earlier file: Helm merges maps, not lists. Variables of the earlier file are lost.',
    advice: 'Write all variables in one of the files, or those of the second file in customEnv.',
    *check(subject): Iterable<Hit> {
      const { api } = subject;
      if (api === undefined) return;
      for (const { list, by } of api.replaced) {
        if (list.ofChart === true) continue;
        const lost = lostIn(list, api);
        if (lost.length === 0) continue;
        const names = lost.map(({ name, at }) => `${name} (line ${at.line})`).join(', ');
        const file = list.at.file === by.at.file ? 'the document above' : list.at.file;
        yield {
          at: by.at,
          message: `This list replaces ${list.name} in ${file}, and these variables are lost: ${names}.${limitText(lost)}`,
          advice: `Write the variables of both in one ${by.name}${by.name === 'extraEnv' ? ', or those of this file in customEnv' : ''}.`,
        };
      }
    },
  },
  {
    id: 'name-vanishes',
    severity: 'error',
    what: 'A name stands twice, and the upgrade goes from a chart before 2.27, which prints both entries, to one that merges them. Kubernetes then removes the variable by its name: the new Deployment may have neither.',
    advice: 'Remove one of the two entries before the upgrade, and look at the Deployment after it.',
    *check(subject): Iterable<Hit> {
      if (crossesMerge(subject))
        for (const { entry, other } of pairs(subject))
          yield {
            at: entry.at,
            message: `${entry.name} also stands in ${placeText(other.at, entry.at)}. With the upgrade across chart ${MERGES_LISTS_SINCE} the variable may vanish from the running Deployment.`,
            advice: `Remove one of the two. ${lookAfter(entry)}`,
          };
    },
  },
  {
    id: 'name-twice',
    severity: 'warning',
    what: 'A name stands twice in one list. The last one counts.',
    advice: 'Remove one of the two.',
    *check(subject): Iterable<Hit> {
      if (!crossesMerge(subject))
        for (const { entry, other, isSameList } of pairs(subject))
          if (isSameList) yield twice(entry, other, subject);
    },
  },
  {
    id: 'name-overridden',
    severity: 'warning',
    what: '`customEnv` has a variable that `extraEnv` has, too. The one in `customEnv` counts; charts before 2.27 print both.',
    advice: 'Remove one of the two.',
    *check(subject): Iterable<Hit> {
      if (!crossesMerge(subject))
        for (const { entry, other, isSameList } of pairs(subject))
          if (!isSameList) yield twice(entry, other, subject);
    },
  },
  {
    id: 'list-shape',
    severity: 'error',
    what: 'The variables are not a list. From chart 2.27 on, a map makes Helm drop them all, and those of the chart too, with a warning at most. A text makes the chart fail, and so does a map before 2.27.',
    advice: 'Write a list: "- name: NAME" with "value:" or "valueFrom:" below.',
    *check(subject): Iterable<Hit> {
      for (const { at, name, shape } of [...(subject.api?.ownLists ?? []), ...textLists(subject)])
        if (shape === 'map')
          yield { at, message: `${name} is a map, so every variable of it and of the chart is lost.` };
        else if (shape === 'text')
          yield { at, message: `${name} is a text, and the chart only takes a list.` };
    },
  },
  {
    id: 'entry-without-name',
    severity: 'error',
    what: 'An entry without a name. Charts from 2.27 on silently drop it; the API server refuses it before.',
    advice: 'Write its name.',
    *check(subject): Iterable<Hit> {
      for (const { name, at } of subject.api?.ownEntries ?? [])
        if (name === undefined || name === '')
          yield { at, message: 'This entry has no name, so the chart drops it.' };
    },
  },
];

/** A file that may be of the platform's chart, because it names none, with a text where the list belongs. */
function textLists(subject: Subject): readonly EnvList[] {
  return subject
    .all('values')
    .filter(({ component, isForeign }) => component === 'other' && !isForeign)
    .flatMap(({ root, origin }) => {
      const found = membersOf(root).get('extraEnv');
      if (found === undefined) return [];
      const list = envList('extraEnv', found.value, origin.at(found.key, 'extraEnv'), origin);
      return list.shape === 'text' ? [list] : [];
    });
}

interface Pair {
  /** The one that counts. */
  readonly entry: EnvEntry;
  readonly other: EnvEntry;
  readonly isSameList: boolean;
}

/** Entries of the files with a name that an earlier entry has, in one list or in extraEnv and customEnv. */
function* pairs({ api }: Subject): Iterable<Pair> {
  if (api === undefined) return;
  const { lists } = api;
  const groups = [
    ['extraEnv', 'customEnv'].flatMap((name) => lists.get(name) ?? []),
    ...[...lists.values()].filter(({ name }) => name.includes('.')).map((list) => [list]),
    ...api.rendered.map(({ env }) => [env]),
  ];
  for (const group of groups) yield* pairsIn(group);
}

function* pairsIn(lists: readonly EnvList[]): Iterable<Pair> {
  const seen = new Map<string, { readonly entry: EnvEntry; readonly list: EnvList }>();
  for (const list of lists)
    for (const entry of list.entries) {
      if (entry.name === undefined || entry.ofChart === true) continue;
      const before = seen.get(folded(entry.name));
      if (before !== undefined) yield { entry, other: before.entry, isSameList: before.list === list };
      seen.set(folded(entry.name), { entry, list });
    }
}

function twice(entry: EnvEntry, other: EnvEntry, subject: Subject): Hit {
  const spelling = entry.name === other.name ? '' : ` as ${other.name}, which is the same to the server`;
  const before = subject.from === undefined || isBeforeMerge(subject.from);
  return {
    at: entry.at,
    message: `${entry.name} also stands in ${placeText(other.at, entry.at)}${spelling}. ${counts(entry)}`,
    advice: before
      ? `Remove one of the two. If the deployed chart is older than ${MERGES_LISTS_SINCE}, the variable may vanish with the upgrade. ${lookAfter(entry)}`
      : 'Remove one of the two.',
  };
}

function counts({ name = '', value, reference, at }: EnvEntry): string {
  if (reference !== undefined)
    return `The one here counts (line ${at.line}, from ${reference.kind === 'secret' ? 'a Secret' : 'elsewhere'}).`;
  const isShort = !isSecretVariable(name) && /^(true|false|\d{1,6})$/i.test(value?.text ?? '');
  return `The one here counts (line ${at.line}${isShort ? `, ${value?.text}` : ''}).`;
}

function lookAfter({ name }: EnvEntry): string {
  return `After the upgrade see whether the Deployment still has it: kubectl set env deployment/NAME --list. If not, set it again: kubectl set env deployment/NAME ${name}=VALUE, or upgrade once more with a changed value.`;
}

function placeText(at: Place, from: Place): string {
  return at.file === from.file ? `line ${at.line}` : `${at.file}:${at.line}`;
}

function isBeforeMerge(version: string): boolean {
  return compareVersions(version, MERGES_LISTS_SINCE) < 0;
}

function crossesMerge({ from, to }: Subject): boolean {
  return from !== undefined && to !== undefined && isBeforeMerge(from) && !isBeforeMerge(to);
}

/** @returns the entries of a replaced list whose names the API gets from nowhere else. */
function lostIn(list: EnvList, { lists }: Api): readonly EnvEntry[] {
  const kept = new Set(
    [...lists.values()].flatMap(({ entries }) => entries.map(({ name }) => folded(name ?? ''))),
  );
  return list.entries.filter(({ name }) => name !== undefined && !kept.has(folded(name)));
}

function limitText(lost: readonly EnvEntry[]): string {
  return lost.some(({ name }) => folded(name ?? '') === 'USER_PROJECT_LIMIT')
    ? ' Without USER_PROJECT_LIMIT, new people may create 3 projects.'
    : '';
}

/** @returns the lists of the chart that lists of the files took the place of, with what is lost. */
function lostDefaults({ api }: Subject) {
  if (api === undefined) return [];
  return api.replaced
    .filter(({ list }) => list.ofChart === true)
    .map(({ list, by }) => ({
      by: api.lists.get(list.name) ?? by,
      name: list.name,
      lost: lostIn(list, api).map(({ name }) => name),
    }))
    .filter(({ lost }) => lost.length > 0);
}

function lostText(subject: Subject): string {
  const lists = lostDefaults(subject);
  if (lists.length === 0) return '';
  const chart = subject.to ?? NEWEST_CHART;
  const texts = lists.map(
    ({ name, lost, by }) =>
      `${name} (line ${by.at.line}) replaces the list of the chart (${chart}) and drops ${lost.join(', ')}`,
  );
  const maybe = subject.isOpen ? ' Values that cannot be seen here may have some of them.' : '';
  return `Your ${texts.join('; your ')}.${maybe}`;
}
