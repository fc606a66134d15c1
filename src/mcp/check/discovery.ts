import type { FetchLike } from '@modelcontextprotocol/client';
import { printable } from '../../system/printable.ts';
import type { Challenge } from '../auth/challenge.ts';
import { type Discovery, findResource, findServer, type Looked, listed, notFound } from '../auth/discover.ts';
import { smallAnswers } from '../auth/small-answers.ts';
import { pkceWarning, requireClient, requireEndpoints, requirePkce } from '../auth/usable.ts';
import type { McpLog } from '../log.ts';
import type { McpSettings } from '../settings.ts';
import type { Step, StepId, Steps } from './steps.ts';

export interface WalkOptions {
  readonly settings: McpSettings;
  readonly fetch: FetchLike;
  readonly log: McpLog;
  readonly challenge: Challenge;
  readonly login: readonly string[];
  readonly steps: Steps;
}

/** Where Microsoft Entra signs in. */
const ENTRA = /^login\.microsoftonline\.(com|us)$/;

/**
 * The steps from the resource's metadata to the sign-in page, with the functions of the sign-in itself.
 *
 * @returns whether the authorization server was found.
 */
export async function walkDiscovery(options: WalkOptions): Promise<boolean> {
  const { settings, challenge, steps } = options;
  const looked: Looked[] = [];
  const note = (one: Looked): void => {
    looked.push(one);
    options.log.note('discovery', { ...one });
  };
  const parts = { settings, ask: smallAnswers(options.fetch), note };
  let found: Awaited<ReturnType<typeof findResource>>;
  try {
    found = await findResource(parts, challenge.resourceMetadataUrl);
  } catch (error) {
    steps.fail('resource-metadata', error);
    return false;
  }
  const isThere = looked.some(({ verdict }) => verdict === 'found');
  const where = `Sign-in server: ${printable(found.issuer)}.`;
  if (isThere) steps.set('resource-metadata', 'ok', `${listed(looked)}. ${where}`);
  else steps.set('resource-metadata', 'warn', `The server publishes none: ${listed(looked)}. ${where}`);
  const before = looked.length;
  try {
    const server = await findServer(parts, found.issuer);
    if (server === undefined) throw notFound(settings.url, looked);
    judge({ ...found, server }, listed(looked.slice(before)), options);
    return true;
  } catch (error) {
    steps.fail('server-metadata', error);
    return false;
  }
}

/** What is required of the server, a step each; a sign-in stops at the first that is not met. */
function judge(found: Discovery, where: string, { settings, steps, login, challenge }: WalkOptions): void {
  const warning = pkceWarning(found);
  const allowing =
    warning === undefined ? [] : login.map((command) => `${command} --allow-missing-pkce-metadata`);
  take(
    steps,
    'server-metadata',
    () => requirePkce(found, settings),
    allowing,
    () => (warning === undefined ? ok(`${where}.`) : warn(`${where}. ${warning}`)),
  );
  take(
    steps,
    'registration',
    () => requireClient(found, settings),
    [],
    () => ok(clientOf(found, settings)),
  );
  take(
    steps,
    'authorize',
    () => requireEndpoints(found, settings),
    [],
    () => pageOf(found, settings, challenge.scope),
  );
}

type Fine = Pick<Step, 'detail'> & { readonly status: 'ok' | 'warn' };
const ok = (detail: string): Fine => ({ status: 'ok', detail });
const warn = (detail: string): Fine => ({ status: 'warn', detail });

function take(
  steps: Steps,
  id: StepId,
  require: () => void,
  fix: readonly string[],
  describe: () => Fine,
): void {
  try {
    require();
  } catch (error) {
    steps.fail(id, error, ...fix);
    return;
  }
  const { status, detail } = describe();
  steps.set(id, status, detail);
}

function pageOf({ server, resource }: Discovery, settings: McpSettings, asked: string | undefined): Fine {
  const { host, hostname } = new URL(server.authorization_endpoint);
  const scope = settings.scope ?? asked ?? resource.scopes_supported?.join(' ');
  const page = [
    `At ${host}`,
    scope === undefined ? 'no scope' : `scope "${printable(scope, 300)}"`,
    settings.sendResource ? `resource ${printable(resource.resource, 300)}` : 'no resource',
  ].join(', ');
  return ENTRA.test(hostname) && (settings.sendResource || settings.scope === undefined)
    ? warn(
        `${page}. Microsoft Entra refuses the resource parameter and needs a scope: add --no-resource and --oauth-scope, such as api://ID/.default.`,
      )
    : ok(`${page}.`);
}

function clientOf({ server }: Discovery, { client, clientMetadataUrl }: McpSettings): string {
  if (client !== undefined) return 'The client you named is used.';
  if (server.client_id_metadata_document_supported === true && clientMetadataUrl !== undefined)
    return 'Your client ID metadata document is used.';
  return 'The server offers registration. It was not tried.';
}
