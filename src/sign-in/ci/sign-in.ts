import type { Context } from '../../context.ts';
import type { OidcCredential } from '../../credentials/credential.ts';
import { mistakeIn } from '../../credentials/find/looks-like.ts';
import { inspectJwt } from '../../credentials/jwt.ts';
import { CodemieError, messageOf } from '../../system/errors.ts';
import { printable } from '../../system/printable.ts';
import type { Secret } from '../../system/secret.ts';
import type { CiGrant } from '../methods.ts';
import { discoverProvider, type ProviderRequest } from '../oidc/provider.ts';
import { exchangeIdentity } from './exchange.ts';
import { pipelineIdentity } from './identity-token.ts';

export interface CiRequest extends ProviderRequest {
  /** Audience of the identity token; the issuer by default. */
  readonly audience?: string | undefined;
  readonly grant?: CiGrant | undefined;
}

/**
 * Signs a pipeline in with the identity token of its CI system, so that no secret needs to be stored. The resulting credential
 * cannot be renewed; repeat the exchange instead.
 *
 * @throws CI_IDENTITY, CI_REFUSED (4), CI_UNSUPPORTED (1), ISSUER_INVALID, UNREACHABLE (5).
 */
export async function signInByPipeline(context: Context, request: CiRequest): Promise<OidcCredential> {
  const provider = await discoverProvider(context, request);
  const audience = request.audience ?? provider.configuration.serverMetadata().issuer;
  const identity = await pipelineIdentity(context, audience);
  requireAudience(identity.token, audience, identity.title);
  const { credential, grant } = await exchangeIdentity(provider, identity.token, request.grant);
  context.log.debug('identity token exchanged', { source: identity.title, grant, audience });
  return credential;
}

/** Never sends a token with another audience to this issuer, which could replay it there. */
function requireAudience(token: Secret, audience: string, title: string): void {
  const { audiences } = readIdentity(token, title);
  if (audiences.includes(audience)) return;
  const named = printable(audiences.join(', '));
  throw new CodemieError({
    code: 'CI_IDENTITY',
    message: `The identity token from ${title} is for ${named || 'no audience'}, not for ${printable(audience)}, so it was not sent.`,
    hint: 'Request it for that audience, or pass its audience with --audience.',
  });
}

/** Replaces the error of `inspectJwt`: its hint names a flag, but this token does not come from a flag. */
function readIdentity(token: Secret, title: string): ReturnType<typeof inspectJwt> {
  const mistake = mistakeIn(token.reveal(), 'token');
  try {
    if (mistake === undefined) return inspectJwt(token.reveal());
  } catch (cause) {
    throw new CodemieError({
      code: 'CI_IDENTITY',
      message: `${title} returned something other than an identity token, so it was not sent. ${messageOf(cause)}`,
      hint: 'It must be the token alone, with nothing around it.',
      cause,
    });
  }
  throw new CodemieError({
    code: 'CI_IDENTITY',
    message: `${subjectOf(title)} ${mistake.what}, so it was not sent.`,
    hint: mistake.hint,
  });
}

function subjectOf(title: string): string {
  if (title.endsWith('_FILE')) return `The content of the file in ${title}`;
  return title.startsWith('CODEMIE_') ? `The value of ${title}` : `The token from ${title}`;
}
