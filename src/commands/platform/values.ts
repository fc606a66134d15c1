import { resolve } from 'node:path';
import { Suppressions } from '../../platform/check/suppress.ts';
import { chartLists } from '../../platform/helm/charts.ts';
import { MissingValue } from '../../platform/helm/edit/api.ts';
import { nextSteps, remarks } from '../../platform/helm/edit/next-steps.ts';
import {
  planValues,
  type Refusal,
  type Request,
  SIGN_IN_RULE,
  type Source,
  type ValuesPlan,
} from '../../platform/helm/edit/plan.ts';
import type { Action, Given } from '../../platform/helm/edit/wants.ts';
import { writeEdit } from '../../platform/helm/edit/write.ts';
import { readTextFile } from '../../platform/helm/read-file.ts';
import { CodemieError, usageError } from '../../system/errors.ts';
import { identityOf } from '../../system/real-path.ts';
import { withoutEnd } from '../../system/trim-end.ts';
import type { CommandRun, OptionValues } from '../spec.ts';
import { chartOf, versionOf } from './chart.ts';

/**
 * `codemie platform values ACTION`: what to change in Helm values, as a diff on stdout; `--write` changes the files. For
 * a file that it cannot edit safely, it prints the list to paste instead, and exits with 9.
 */
export function valuesCommand(action: Action): CommandRun {
  return async ({ options }, { clock, cwd, terminal }) => {
    const request = requestOf(action, options, cwd, clock.now());
    const plan = await planned(request);
    if (plan.kind === 'refused') {
      if (plan.block !== undefined) terminal.print(plan.block);
      throw refused(plan);
    }
    const { api, ui } = plan;
    const edits = [api, ui].filter((edit) => edit !== undefined);
    const diff = edits.map((edit) => edit.diff).join('');
    if (diff !== '') terminal.print(diff);
    const isWritten = options.on('write');
    for (const edit of isWritten ? edits : []) writeEdit(edit, cwd);
    for (const line of remarks(request, api, ui)) terminal.say(line);
    const changed = edits.filter(({ before, after }) => before !== after);
    if (changed.length === 0) return 0;
    if (isWritten) for (const { path } of changed) terminal.success(`Changed ${path}.`);
    else terminal.say('Nothing is written yet. To change the files, add --write.');
    for (const line of nextSteps(request, api, ui)) terminal.say(line);
    return 0;
  };
}

function requestOf(action: Action, options: OptionValues, cwd: string, now: number): Request {
  const api = sourceOf('api', options, cwd);
  if (api === undefined)
    throw usageError('The values of the API are missing.', { hint: 'Give their file with --api.' });
  const ui = sourceOf('ui', options, cwd);
  const [apiFile, uiFile] = [api, ui].map((source) => source && identityOf(resolve(cwd, source.path)));
  if (apiFile === uiFile)
    throw usageError('--api and --ui name the same file.', {
      hint: 'Each chart has its own values file. If yours is one for both, change one chart at a time, in a copy of its part.',
    });
  return {
    action,
    api,
    ui,
    chart: chartOf(options, cwd) ?? chartLists(versionOf(options)),
    version: versionOf(options),
    given: givenIn(options),
    budgets: options.text('budgets') !== 'off',
    isMeant: isMeant(api, now),
  };
}

/** The comment that takes this finding out of `codemie platform check` lets this command go on, too. */
function isMeant({ path, text }: Source, now: number): Request['isMeant'] {
  const suppressions = new Suppressions([{ name: path, text }], new Set([SIGN_IN_RULE]), now);
  return (line) => suppressions.has(SIGN_IN_RULE, { file: path, line, from: line, path: '' });
}

function sourceOf(name: 'api' | 'ui', options: OptionValues, cwd: string): Source | undefined {
  const path = options.text(name);
  return path === undefined ? undefined : { path, text: readTextFile(path, cwd) };
}

function givenIn(options: OptionValues): Given {
  return {
    limit: limitOf(options),
    keycloakUrl: urlOf(options),
    realm: nameOf('realm', options),
    clientId: nameOf('client-id', options),
    secretName: nameOf('secret-name', options),
    secretKey: nameOf('secret-key', options),
  };
}

/** The server takes each value as it is, with the white space that a copied text brings along. */
function nameOf(flag: string, options: OptionValues): string | undefined {
  const name = options.text(flag);
  if (name === undefined || /^[^\s\p{Cc}](?:\P{Cc}*[^\s\p{Cc}])?$/u.test(name)) return name;
  throw usageError(`--${flag} is not a name.`, { hint: 'It is empty, or has white space around it.' });
}

/** The column is a four-byte integer, and a negative limit makes every new user fail. */
function limitOf(options: OptionValues): string | undefined {
  const limit = options.text('limit');
  if (limit === undefined || (/^\d{1,10}$/.test(limit) && Number(limit) <= 2_147_483_647)) return limit;
  throw usageError(`${limit} is not a limit.`, { hint: 'Give --limit as a whole number: 3.' });
}

/** The server adds the rest of the path itself. */
function urlOf(options: OptionValues): string | undefined {
  const text = options.text('keycloak-url');
  if (text === undefined) return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isBase =
    url !== undefined &&
    /^https?:$/.test(url.protocol) &&
    url.username === '' &&
    !/\s/.test(text) &&
    url.search === '' &&
    url.hash === '' &&
    !/\/(?:realms|admin)(?:\/|$)/.test(url.pathname);
  if (isBase) return withoutEnd(text, '/');
  throw usageError('--keycloak-url is not the base URL of a Keycloak server.', {
    hint: 'Give it without a realm and without a sign-in: https://keycloak.example.com.',
  });
}

async function planned(request: Request): Promise<ValuesPlan> {
  try {
    return await planValues(request);
  } catch (error) {
    if (!(error instanceof MissingValue)) throw error;
    const flag = error.variable === 'KEYCLOAK_ADMIN_URL' ? '--keycloak-url' : '--realm';
    throw usageError(`${request.api.path} has no ${error.variable} yet.`, { hint: `Give it with ${flag}.` });
  }
}

function refused({ path, line, reason, advice, block }: Refusal): CodemieError {
  const place = line === undefined ? path : `${path}:${line}`;
  const byHand =
    block === undefined
      ? 'Remove every variable that starts with KEYCLOAK_MIGRATION_ or KEYCLOAK_ADMIN_ by hand.'
      : 'Paste the block from stdout by hand, and keep what you have added or changed yourself. To compare with another chart, give --chart-version or --chart-values.';
  return new CodemieError({
    code: 'PLATFORM_VALUES',
    message: `${place} was not changed: ${reason}.`,
    hint: [byHand, ...(advice === undefined ? [] : [advice])].join(' '),
  });
}
