import type { Context } from '../../context.ts';
import { connectKeycloak } from '../../keycloak/connect.ts';
import { isTemplate, readRealmFile, readRealmText } from '../../realm/file/load.ts';
import { BUILT_IN_FACTS, factsOf, type ServerFacts } from '../../realm/lint/facts.ts';
import { lineFinder } from '../../realm/lint/lines.ts';
import { lintRealm } from '../../realm/lint/lint.ts';
import type { LintFile } from '../../realm/lint/place.ts';
import { lintJson, lintText } from '../../realm/lint/report.ts';
import { authenticatorsIn } from '../../realm/lint/rules/providers.ts';
import { lintTemplate } from '../../realm/lint/template.ts';
import { exitCode } from '../../system/exit-codes.ts';
import { redactedJson } from '../../terminal/redacted-json.ts';
import { withProgress } from '../../terminal/with-progress.ts';
import { keycloakSettings } from '../keycloak-connection.ts';
import type { CommandRun, OptionValues } from '../spec.ts';

/** `codemie realm lint FILE…`: what is wrong with realm files, before a server sees them. Exits with 10 for an error. */
export const run: CommandRun = async ({ args, options }, context) => {
  const { cwd } = context;
  const inTemplates = args.filter(isTemplate).flatMap((name) => lintTemplate(name, readRealmText(name, cwd)));
  const files = args
    .filter((name) => !isTemplate(name))
    .map((name): LintFile => {
      const { text, document } = readRealmFile(name, cwd);
      return { name, document, lineOf: lineFinder(text) };
    });
  const findings = [...inTemplates, ...lintRealm(files, await facts(files, options, context))];
  const { terminal } = context;
  if (options.on('json')) terminal.print(redactedJson(lintJson(findings)));
  else terminal.print(lintText(findings, args.length, await terminal.colors('stdout')));
  return findings.some(({ severity }) => severity === 'error') ? exitCode('differs') : 0;
};

/** A variable alone does not make a check on this machine ask a server. */
async function facts(
  files: readonly LintFile[],
  options: OptionValues,
  context: Context,
): Promise<ServerFacts> {
  if (!options.has('server')) return BUILT_IN_FACTS;
  // What is installed is the same in every realm.
  const env = { ...context.env, KEYCLOAK_REALM: context.env['KEYCLOAK_REALM'] ?? 'master' };
  const admin = connectKeycloak(context, keycloakSettings(options, env));
  return withProgress(context.terminal, `Asking ${admin.server} what is installed`, () =>
    factsOf(admin, authenticatorsIn(files)),
  );
}
