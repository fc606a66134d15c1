import { settingsOf } from '../../config/effective.ts';
import { flagLayer, resolveSetting, variableLayer } from '../../config/layers/merge.ts';
import type { SettingsRequest } from '../../config/selection.ts';
import type { Context } from '../../context.ts';
import type { Access } from '../../credentials/access.ts';
import type { OidcCredential } from '../../credentials/credential.ts';
import { renewingAccess } from '../../credentials/renew/renewing-access.ts';
import { usageError } from '../../system/errors.ts';
import { chooseIssuer, noIssuer } from '../choose-issuer.ts';
import { CI_GRANTS, type CiGrant } from '../methods.ts';
import type { IssuerOverrides, PlatformPlace } from '../request.ts';
import { signInByPipeline } from './sign-in.ts';

export interface PipelineOptions extends IssuerOverrides {
  readonly audience?: string | undefined;
  readonly grant?: string | undefined;
}

/**
 * Signs a pipeline in to one platform. Flags take precedence over `CODEMIE_CI_AUDIENCE` and `CODEMIE_CI_GRANT`.
 *
 * @throws SIGN_IN_UNSUPPORTED (1) if no identity provider is known, and what `signInByPipeline` throws.
 */
export async function pipelineCredential(
  context: Context,
  place: PlatformPlace,
  wishes: PipelineOptions,
  profile: Parameters<typeof chooseIssuer>[3],
): Promise<{ readonly credential: OidcCredential; readonly named: string | undefined }> {
  const { issuer, named, clientId, resource } = await chooseIssuer(context, place, wishes, profile);
  const { origin } = place;
  if (issuer === undefined) throw noIssuer(origin, 'sign-in with a CI identity token');
  const flags = flagLayer({ 'ci-audience': wishes.audience, 'ci-grant': wishes.grant });
  const layers = [flags, variableLayer(context.env)];
  const audience = resolveSetting('ci-audience', layers)?.value;
  const grant = grantFrom(resolveSetting('ci-grant', layers)?.value);
  const request = { origin, issuer, clientId, resource, audience, grant };
  return { credential: await signInByPipeline(context, request), named };
}

/** @returns an access that repeats the token exchange before its token expires and stores nothing (`codemie-claude --ci`). */
export async function openPipelineAccess(context: Context, wanted: SettingsRequest): Promise<Access> {
  const selection = settingsOf(context, wanted);
  const { origin, apiBase, profile } = selection;
  if (origin === undefined || apiBase === undefined) {
    throw usageError(
      'Which CodeMie server? None is configured.',
      { hint: 'Add --base-url or set CODEMIE_URL.' },
      'INPUT_REQUIRED',
    );
  }
  const obtain = async (): Promise<OidcCredential> =>
    (await pipelineCredential(context, { origin, apiBase }, {}, profile)).credential;
  const facts = {
    selection,
    origin,
    source: 'flag',
    sourceName: '--ci',
    store: undefined,
    shadowed: [],
    warnings: selection.notices,
    sourceWarnings: [],
  } as const;
  return renewingAccess(context, facts, await obtain(), { reobtain: obtain });
}

function grantFrom(text: string | undefined): CiGrant | undefined {
  const grant = CI_GRANTS.find((name) => name === text);
  if (text === undefined || grant !== undefined) return grant;
  throw usageError(`Unknown grant "${text.slice(0, 40)}". Use one of: ${CI_GRANTS.join(', ')}.`);
}
