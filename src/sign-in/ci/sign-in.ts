import type { Context } from '../../context.ts';
import type { OidcCredential } from '../../credentials/credential.ts';
import { inspectJwt } from '../../credentials/jwt.ts';
import { CodemieError, messageOf } from '../../system/errors.ts';
import { printable } from '../../system/printable.ts';
import type { Secret } from '../../system/secret.ts';
import type { CiGrant } from '../methods.ts';
import { discoverProvider, type ProviderRequest } from '../oidc/provider.ts';
import { exchangeIdentity } from './exchange.ts';
import { pipelineIdentity } from './identity-token.ts';

export interface CiRequest extends ProviderRequest {
  /** Audience of the identity token; the issuer unless another is given. */
  readonly audience?: string | undefined;
  readonly grant?: CiGrant | undefined;
}

/**
 * Signs a pipeline in with the identity its system vouches for; no secret is stored anywhere. The result cannot renew
 * itself: the exchange is repeated.
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

/** A token that was made for somebody else must not be shown to this issuer: it could be replayed there. */
function requireAudience(token: Secret, audience: string, title: string): void {
  const { audiences } = readIdentity(token, title);
  if (audiences.includes(audience)) return;
  const named = printable(audiences.join(', '));
  throw new CodemieError({
    code: 'CI_IDENTITY',
    message: `The identity token from ${title} is made for ${named || 'nobody in particular'}, not for ${printable(audience)}, so it was not sent.`,
    hint: 'Request it for that audience, or name its audience with --audience',
  });
}

/** Nobody passed this token by a flag, so the reader's own advice would lead astray. */
function readIdentity(token: Secret, title: string): ReturnType<typeof inspectJwt> {
  try {
    return inspectJwt(token.reveal());
  } catch (cause) {
    throw new CodemieError({
      code: 'CI_IDENTITY',
      message: `${title} gave something that is not an identity token, so it was not sent. ${messageOf(cause)}`,
      hint: 'Check what the pipeline puts there: it must be the token alone',
      cause,
    });
  }
}
