import { type Adapter, requireSupported } from '../../agents/adapters/adapter.ts';
import { ADAPTERS } from '../../agents/adapters/table.ts';
import { type LaunchArguments, parseLaunch } from '../../agents/arguments.ts';
import { requireProgram } from '../../agents/find.ts';
import { chooseModels } from '../../agents/models/choose.ts';
import type { SettingsRequest } from '../../config/selection.ts';
import type { Context } from '../../context.ts';
import type { Access, AccessRequest } from '../../credentials/access.ts';
import { expiryWarning } from '../../credentials/expiry.ts';
import { openAccess } from '../../credentials/find/find-access.ts';
import { parseTimeout } from '../../system/duration.ts';
import { usageError } from '../../system/errors.ts';
import { shellOf } from '../../system/shell.ts';
import { requireWorkingFolder } from '../../system/working-folder.ts';
import type { CommandRun } from '../spec.ts';
import { isAccepted, signatureOf } from './check-credential.ts';
import { launcherHelp } from './help.ts';
import { tokenFrom } from './token-flag.ts';

/** How long to wait for the platform before a message says so. */
const SLOW_MS = 2000;

/**
 * `codemie run AGENT …`, also called `codemie-claude …`. In this order:
 *
 * 1. Parse the arguments, find the credential and renew it if needed. A dead credential ends the run here (G13).
 * 2. Warn about credentials and settings that are about to expire or are missing. Check that the agent works with
 * this provider and is installed.
 * 3. Verify the signature of a supplied token before sending it anywhere.
 * 4. Ask the platform for the models and whether it accepts the credential. Load `start` while waiting.
 * 5. `start`: start the gateway, wait for those answers, and run the agent with the gateway's URL and a key for this
 * run. Its exit code becomes ours.
 */
export const run: CommandRun = async ({ args }, context) => {
  const adapter = adapterFor(args[0]);
  const given = parseLaunch(args.slice(1), `codemie-${adapter.name}`, adapter.ownFlags);
  if (given.help) {
    context.terminal.print(launcherHelp(adapter, shellOf(context.platform, context.env)));
    return 0;
  }
  const tell = (message: string): void => {
    if (!given.silent) context.terminal.say(`codemie: ${message}`);
  };
  requireWorkingFolder(context.cwd, "an agent can't work in it");
  requireSupported(adapter, given.rest);
  const timeoutMs = given.timeout === undefined ? undefined : parseTimeout(given.timeout, '--timeout');
  const settings = wantedBy(given);
  const token = await tokenFrom(given, context);
  const wanted = { ...settings, token };
  const access = await accessFor(given, context, wanted);
  // Reports a dead credential here, before anything starts.
  const credential = await access.fresh();
  for (const warning of access.warnings) tell(warning);
  const soon = expiryWarning(credential, context.clock.now());
  if (soon !== undefined) tell(soon);
  if (access.selection.keyProvider === undefined && access.selection.project === undefined)
    tell('no project selected. Use --project NAME or set CODEMIE_PROJECT.');
  if (isTyped(given) && context.terminal.isTTY.stderr)
    tell(
      'a token on the command line is visible to other users and stays in your shell history. Use --jwt-token-file or CODEMIE_JWT_TOKEN instead.',
    );
  requireDialect(adapter, access);
  const program = requireProgram(context, adapter);
  const slow = setTimeout(() => tell(`waiting for ${access.origin} to answer…`), SLOW_MS).unref();
  // A forged token must not be sent anywhere, so this check comes before the other requests.
  const signature = await signatureOf(context, access);
  const models = Promise.all([
    chooseModels(context, access, adapter, given.model !== undefined).catch(async (error) => {
      const { deniedModel } = await import('./session-audit.ts');
      return deniedModel(context, adapter, access, error);
    }),
    signature?.state === 'verified' || isAccepted(context, access),
  ]).then(([choice, accepted]) => {
    if (signature?.state === 'not-verified' && !accepted)
      tell(`the signature of the token wasn't verified: ${signature.reason}`);
    if (choice.notice !== undefined) tell(choice.notice);
    return choice;
  });
  models.finally(() => clearTimeout(slow)).catch(() => undefined);
  // One turn sends the request; the rest loads while the platform answers.
  await new Promise((resolve) => setImmediate(resolve));
  const { start } = await import('./start.ts');
  return start(context, { adapter, given, wanted, access, program, models, timeoutMs, tell });
};

function adapterFor(name: string | undefined): Adapter {
  const adapter = ADAPTERS.find((entry) => entry.name === name);
  if (adapter !== undefined) return adapter;
  const known = ADAPTERS.map((entry) => entry.name).join(', ');
  throw usageError(
    name === undefined || name.startsWith('-')
      ? `Which agent? There are: ${known}.`
      : `There is no agent "${name}" (there are: ${known}).`,
    { hint: 'codemie run claude --task "…"' },
  );
}

function requireDialect(adapter: Adapter, { selection }: Access): void {
  const { keyProvider } = selection;
  if (keyProvider === undefined || keyProvider.dialects.includes(adapter.dialect)) return;
  throw usageError(
    `${adapter.title} doesn't work with ${keyProvider.title}.`,
    { hint: `Use ${others(keyProvider)}, or another profile with --profile.` },
    'AGENT_PROVIDER',
  );
}

function others({ dialects }: NonNullable<Access['selection']['keyProvider']>): string {
  const names = ADAPTERS.filter((entry) => dialects.includes(entry.dialect)).map(
    ({ name }) => `codemie-${name}`,
  );
  return names.join(' or ');
}

function wantedBy(given: LaunchArguments): SettingsRequest {
  const { baseUrl, profile, provider, model, project, integration, trustProject } = given;
  return { baseUrl, profile, provider, model, project, integration, trustProject };
}

async function accessFor(given: LaunchArguments, context: Context, wanted: AccessRequest): Promise<Access> {
  if (!given.ci) return openAccess(context, wanted);
  if (wanted.token !== undefined || wanted.provider !== undefined)
    throw usageError('--ci takes no token and no provider: the pipeline itself is the credential.');
  const { openPipelineAccess } = await import('../../sign-in/ci/pipeline-access.ts');
  return openPipelineAccess(context, wanted);
}

const isTyped = ({ jwtToken }: LaunchArguments): boolean => jwtToken !== undefined && jwtToken !== '-';
