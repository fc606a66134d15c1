import type { Context } from '../../context.ts';
import { canonicalOrigin } from '../../net/origin.ts';
import { checkPlatform } from '../../platform/check/check.ts';
import type { CheckFile } from '../../platform/check/read/file.ts';
import { checkJson, checkSummary, checkText, githubLines } from '../../platform/check/report.ts';
import type { LiveFacts } from '../../platform/check/subject.ts';
import { compareVersions, UI_ASKS_PLATFORM_SINCE } from '../../platform/helm/charts.ts';
import { readTextFile } from '../../platform/helm/read-file.ts';
import { discoverPlatform } from '../../platform-api/discover/platform.ts';
import { usageError } from '../../system/errors.ts';
import { exitCode } from '../../system/exit-codes.ts';
import { redactedJson } from '../../terminal/redacted-json.ts';
import { readAll } from '../../terminal/stdin.ts';
import { withProgress } from '../../terminal/with-progress.ts';
import type { CommandInput, CommandRun } from '../spec.ts';
import { chartOf, versionOf } from './chart.ts';

/** A cluster's worth of manifests fits. */
const LARGEST_INPUT = { mib: 64, what: 'manifests' };

/** `codemie platform check FILE…`: what is wrong with what is about to run. Exits with 10 for an error. */
export const run: CommandRun = async (input, context) => {
  const { options } = input;
  if (options.on('json') && options.on('github'))
    throw usageError('--json and --github are two forms of one output.', { hint: 'Give one of them.' });
  const chart = chartOf(options, context.cwd);
  const chartVersion = versionOf(options);
  const to = versionOf(options, 'to');
  const files = await filesOf(input, context);
  const address = options.text('live');
  const live = address === undefined ? undefined : await factsOf(address, context);
  const result = checkPlatform(
    files,
    {
      ...(chart === undefined ? {} : { chart }),
      ...(chartVersion === undefined ? {} : { chartVersion }),
      ...(to === undefined ? {} : { to }),
      ...(live === undefined ? {} : { live }),
    },
    context.clock.now(),
  );
  const { terminal } = context;
  if (options.on('json')) terminal.print(redactedJson(checkJson(result)));
  else if (options.on('github'))
    terminal.print([...githubLines(result.findings), checkSummary(result, files.length)].join('\n'));
  else terminal.print(checkText(result, files.length, await terminal.colors('stdout')));
  return result.findings.some(({ severity }) => severity === 'error') ? exitCode('differs') : 0;
};

/** The files first, then those of the flags: later ones count. */
async function filesOf({ args, options }: CommandInput, context: Context): Promise<readonly CheckFile[]> {
  const named = [
    ...args.map((name) => ({ name })),
    ...options.list('api').map((name) => ({ name, component: 'api' as const })),
    ...options.list('ui').map((name) => ({ name, component: 'ui' as const })),
  ];
  if (named.length === 0)
    throw usageError('There is nothing to check.', {
      hint: 'Give values files, or - for manifests on stdin: codemie platform check values.yaml',
    });
  if (named.filter(({ name }) => name === '-').length > 1)
    throw usageError('Stdin can be read once.', { hint: 'Give - once.' });
  const files: CheckFile[] = [];
  for (const file of named) files.push({ ...file, text: await textOf(file.name, context) });
  return files;
}

async function textOf(name: string, { cwd, terminal, signal }: Context): Promise<string> {
  if (name !== '-') return readTextFile(name, cwd);
  const text = await readAll(terminal.stdin, signal, LARGEST_INPUT);
  // The program in front of the pipe failed, which no exit code says here.
  if (text.trim() === '')
    throw usageError('Nothing came on stdin.', {
      hint: 'Look whether the program in front of the pipe failed.',
    });
  return text;
}

/** What a platform says without a sign-in. Before 2.41 it does not say who keeps roles and projects. */
async function factsOf(address: string, context: Context): Promise<LiveFacts> {
  const url = canonicalOrigin(address);
  const facts = await withProgress(context.terminal, `Asking ${url} what runs there`, () =>
    discoverPlatform(context, url),
  );
  const { version, access, idpProvider, isEnterprise } = facts;
  const says = version !== undefined && compareVersions(version, UI_ASKS_PLATFORM_SINCE) >= 0;
  return {
    url,
    ...(version === undefined ? {} : { version }),
    ...(access === undefined || !says ? {} : { access }),
    ...(idpProvider === undefined ? {} : { provider: idpProvider }),
    ...(isEnterprise === undefined || !says ? {} : { isEnterprise }),
  };
}
