import { signInAgain } from '../../config/sign-in-again.ts';
import type { Access } from '../../credentials/access.ts';
import type { Credential } from '../../credentials/credential.ts';
import { whereObtained } from '../../credentials/errors.ts';
import { endsSoon, expiryState } from '../../credentials/expiry.ts';
import { inspectJwt } from '../../credentials/jwt.ts';
import { verifySignature } from '../../platform-api/verify-signature.ts';
import { formatInstant } from '../../system/duration.ts';
import { type Advice, CodemieError } from '../../system/errors.ts';
import type { Secret } from '../../system/secret.ts';
import { type Check, type DoctorContext, type Finding, failure, ok, warn } from '../check.ts';
import { elsewhere } from '../elsewhere.ts';

/** The credential that commands would use: its source, its owner and its expiry. Never its value. */
export const credential: Check = {
  id: 'credential',
  title: 'Sign-in',
  after: ['config', 'secret-store', 'identity-provider'],
  run: async (patient) => {
    const found = await patient.found();
    if (found.state === 'missing') return missing(patient, found.error);
    const { access } = found;
    const { now, context } = patient;
    let current = access.credential;
    if (expiryState(current, now) === 'expired' && access.refreshable && patient.offline) {
      return warn('The access token has expired. It will be refreshed when it is next used.');
    }
    if (expiryState(current, now) === 'expired') {
      // Refresh as any command would: an expired access token with a valid refresh token is not a problem.
      current = await access.fresh();
    }
    if (!patient.offline) await requireAccepted(patient, access);
    const facts = describe(current, access, context.clock.now());
    const soon = endsSoon(current, now);
    const also = access.warnings.map((warning) => ` ${warning}`).join('');
    // Only the last tenth of its life calls for a new token, so that one that lasts a day does not warn every day.
    if (expiryState(current, now) === 'expiring')
      return warn(`${facts}. ${soon}${also}`, replacement(current, access));
    if (soon !== undefined) return warn(`${facts}. It can't be refreshed.${also}`);
    return also === '' ? ok(facts) : warn(`${facts}.${also}`);
  },
};

/**
 * The server's answer counts more than the clock, because the server can end a session early. A platform that is down
 * is not a fault of the credential.
 */
async function requireAccepted({ context, answers }: DoctorContext, access: Access): Promise<void> {
  try {
    await answers();
    if (access.credential.kind === 'jwt') await verifySignature(context, access, access.credential.token);
  } catch (error) {
    // A temporary refusal is not a fault of the credential; the account check reports it.
    if (error instanceof CodemieError && error.exit === 'auth' && error.code !== 'AUTH_UNCERTAIN')
      throw error;
  }
}

function replacement(current: Credential, { source, selection }: Access): Advice {
  const place = source === 'store' ? whereObtained(current, selection) : undefined;
  return place === undefined || place.authMethod === 'jwt'
    ? { hint: 'Get a new token before then' }
    : { fix: signInAgain(place) };
}

function missing(patient: DoctorContext, error: CodemieError): Finding {
  const { advice = [], ...found } = failure(error);
  const finding = { ...found, advice: [...elsewhere(patient), ...advice] };
  // A bearer profile without a token on this machine is fine: each run brings its own token.
  const isBearer = patient.selection().profile?.authMethod === 'jwt';
  return isBearer ? { ...finding, status: 'warn' } : finding;
}

function describe(credential: Credential, access: Access, now: number): string {
  const { name, email, id } = credential.identity;
  const who = email ?? name ?? id;
  const parts = [...(who === undefined ? [] : [who]), `${KINDS[credential.kind]} from ${access.sourceName}`];
  if (credential.expiresAt !== undefined) parts.push(`expires ${formatInstant(credential.expiresAt, now)}`);
  if (access.refreshable) parts.push(renewalOf(credential));
  if (access.shadowed.length > 0) parts.push(`ignored: ${access.shadowed.join(', ')}`);
  const secret = secretOf(credential);
  const token =
    secret === undefined ? '' : ` (${[`fingerprint ${secret.fingerprint()}`, ...claims(secret)].join(', ')})`;
  return `${parts.join(', ')}${token}`;
}

const KINDS: Readonly<Record<Credential['kind'], string>> = {
  oidc: 'SSO',
  session: 'SSO session',
  jwt: 'token',
  'api-key': 'API key',
};

/** Only the gateway knows whether it renews its session. */
function renewalOf({ kind }: Credential): string {
  return kind === 'session' ? 'refreshed by the server if it supports this' : 'refreshes automatically';
}

function secretOf(credential: Credential): Secret | undefined {
  if (credential.kind === 'oidc') return credential.accessToken;
  return credential.kind === 'jwt' ? credential.token : undefined;
}

function claims(token: Secret): string[] {
  try {
    const facts = inspectJwt(token.reveal());
    return facts.issuer === undefined ? [] : [`issuer ${facts.issuer}`];
  } catch {
    return [];
  }
}
