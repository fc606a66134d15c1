import type { Access } from '../../credentials/access.ts';
import { expiryState } from '../../credentials/expiry.ts';
import { CodemieError } from '../../system/errors.ts';
import { objectIn } from '../../system/json.ts';
import { type Check, type DoctorContext, type Finding, failure, ok, skip } from '../check.ts';

const WHO = 'Try again in a few minutes. If it persists, ask the administrator of your identity provider.';

/**
 * The identity provider that refreshes a sign-in (OpenID Connect Discovery 1.0 §4). While the access token lasts,
 * agents work without it.
 */
export const identityProvider: Check = {
  id: 'identity-provider',
  title: 'Identity provider',
  needsNetwork: true,
  after: ['network', 'tls', 'platform'],
  run: async (patient, signal) => {
    const found = await patient.found().catch(() => undefined);
    if (found?.state !== 'found') return skip('not signed in');
    const { access } = found;
    if (access.credential.kind !== 'oidc') return skip('not needed for this kind of sign-in');
    const { issuer } = access.credential;
    const isExpired = expiryState(access.credential, patient.now) === 'expired';
    try {
      // The real request tells more than the discovery document.
      if (isExpired) await refreshed(access);
      else await described(patient, issuer, signal);
      return ok(`${issuer} answers`);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof CodemieError) || error.exit !== 'unreachable') throw error;
      return isExpired ? expired(error) : mayExpire(error);
    }
  },
};

/** Another check reports a refusal. */
async function refreshed(access: Access): Promise<void> {
  await access.fresh().catch((error: unknown) => {
    if (error instanceof CodemieError && error.exit === 'unreachable') throw error;
  });
}

async function described({ context }: DoctorContext, issuer: string, signal: AbortSignal): Promise<void> {
  const { status, body } = await context.http({
    url: `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`,
    headers: { accept: 'application/json' },
    signal,
  });
  if (status === 200 && objectIn(body.toString('utf8'))?.['issuer'] === issuer) return;
  throw new CodemieError({
    code: 'UNREACHABLE',
    message: `The identity provider ${issuer} ${status === 200 ? "answered with something that isn't its configuration" : `answered HTTP ${status}`}.`,
  });
}

function expired(error: CodemieError): Finding {
  const { detail } = failure(error);
  return {
    status: 'fail',
    detail: `Your access token has expired, and the identity provider can't refresh it now. ${detail}`,
    advice: [{ hint: error.code === 'NOT_A_PLATFORM' && error.hint !== undefined ? error.hint : WHO }],
  };
}

function mayExpire(error: CodemieError): Finding {
  return {
    status: 'warn',
    detail: `${error.message} When your access token expires, it can't be refreshed.`,
    advice: [{ hint: WHO }],
  };
}
