import { createPlatform } from '../codemie/client.ts';
import { discoverPlatform } from '../codemie/discovery.ts';
import type { PlatformUser } from '../codemie/shapes.ts';
import { readConfig } from '../config/file.ts';
import type { Profile } from '../config/profile.ts';
import { select } from '../config/select.ts';
import { saveProfile, targetProfile } from '../config/write.ts';
import type { Context } from '../context.ts';
import { fixedAccess } from '../credentials/access.ts';
import { type Credential, credentialId, type StoreName } from '../credentials/credential.ts';
import { cleanToken, inspectJwt } from '../credentials/jwt.ts';
import { openStore, storeName } from '../credentials/open-store.ts';
import { revoke } from '../credentials/revoke.ts';
import type { SecretStore } from '../credentials/store.ts';
import { canonicalOrigin, type Origin } from '../net/origin.ts';
import { CodemieError, messageOf, usageError } from '../system/errors.ts';
import type { Secret } from '../system/secret.ts';

export const DEFAULT_CLIENT = 'codemie-cli';

export interface SignInRequest {
  readonly url?: string | undefined;
  readonly profile?: string | undefined;
  readonly store?: StoreName | undefined;
  readonly method: 'browser' | 'device' | 'token';
  readonly openBrowser: boolean;
  readonly timeoutMs: number;
  readonly issuer?: string | undefined;
  readonly clientId?: string | undefined;
  readonly callbackPort?: number | undefined;
  /** For `method: 'token'`. */
  readonly token?: Secret | undefined;
}

export interface SignInResult {
  readonly profileName: string;
  readonly origin: Origin;
  readonly credential: Credential;
  readonly store: StoreName;
  /** Who the platform says this is; absent when it did not answer. */
  readonly user?: PlatformUser;
  readonly notices: readonly string[];
}

/**
 * A whole sign-in, as `profile login` and `setup` use it: the store is tried before anything is asked of a person
 * (S20), the new credential is stored before the one it replaces is revoked, and a failure leaves the old one usable (S35).
 */
export async function signIn(context: Context, request: SignInRequest): Promise<SignInResult> {
  const config = readConfig(context.home);
  const profileName = targetProfile(config, request.profile ?? (context.env['CODEMIE_PROFILE'] || undefined));
  const profile = Object.hasOwn(config.profiles, profileName) ? config.profiles[profileName] : undefined;
  const origin = addressOf(context, request, profile);
  const store = await openStore(
    request.store ?? (profile?.credential ? storeName(profile.credential.store) : 'keychain'),
    context,
  );
  await store.verify();

  const { credential, notices, fields } =
    request.method === 'token'
      ? fromToken(context, origin, request.token)
      : await fromProvider(context, origin, request, profile);
  const user = await whoIs(context, origin, credential);
  const id = credentialId(credential);
  const previous = await previousCredential(context, profile);
  await store.set(id, credential);
  await saveProfile(
    context,
    profileName,
    { ...fields, codeMieUrl: origin, credential: { store: store.name, id } },
    { activate: true },
  );
  await retire(context, previous, { store, id, credential });
  return {
    profileName,
    origin,
    credential,
    store: store.name,
    notices,
    ...(user === undefined ? {} : { user }),
  };
}

function addressOf(context: Context, request: SignInRequest, profile: Profile | undefined): Origin {
  const { origin } = select(
    { version: 2, profiles: profile === undefined ? {} : { default: profile } },
    { ...context.env, CODEMIE_PROFILE: undefined },
    {},
  );
  const address = request.url === undefined || request.url === '' ? origin : canonicalOrigin(request.url);
  if (address !== undefined) return address;
  throw usageError(
    'Which platform? No address is configured yet.',
    'Give it with --url https://your-codemie-instance.com',
    'INPUT_REQUIRED',
  );
}

interface Obtained {
  readonly credential: Credential;
  readonly notices: readonly string[];
  readonly fields: Parameters<typeof saveProfile>[2];
}

function fromToken(context: Context, origin: Origin, given: Secret | undefined): Obtained {
  if (given === undefined || given.reveal().trim() === '') {
    throw usageError(
      'No token arrived on stdin.',
      'printf %s "$TOKEN" | codemie profile login --url URL --with-token',
      'INPUT_REQUIRED',
    );
  }
  const { token, notices } = cleanToken(given.reveal());
  const facts = inspectJwt(token.reveal());
  const now = context.clock.now();
  if (facts.expiresAt !== undefined && facts.expiresAt <= now) {
    throw new CodemieError({
      code: 'AUTH_EXPIRED',
      message: `The token expired on ${new Date(facts.expiresAt).toISOString()}, so it was not kept.`,
      hint: 'Get a new token from your identity provider.',
      exit: 'auth',
    });
  }
  const credential: Credential = {
    kind: 'jwt',
    origin,
    identity: facts.identity,
    obtainedAt: facts.issuedAt ?? now,
    token,
    ...(facts.expiresAt === undefined ? {} : { expiresAt: facts.expiresAt }),
  };
  return { credential, notices, fields: { provider: 'bearer-auth', authMethod: 'jwt' } };
}

async function fromProvider(
  context: Context,
  origin: Origin,
  request: SignInRequest,
  profile: Profile | undefined,
): Promise<Obtained> {
  const given = request.issuer ?? profile?.issuer;
  const facts = given === undefined ? await discoverPlatform(context, origin) : undefined;
  const issuer = given ?? facts?.issuer;
  if (issuer === undefined) throw noIssuer(origin);
  const clientId = request.clientId ?? profile?.clientId ?? DEFAULT_CLIENT;
  const { discoverProvider } = await import('./provider.ts');
  const provider = await discoverProvider(context, { origin, issuer, clientId, resource: facts?.resource });
  const credential =
    request.method === 'device'
      ? await (await import('./device.ts')).signInByDevice(context, provider, request.timeoutMs)
      : await (await import('./browser.ts')).signInByBrowser(context, provider, {
          openBrowser: request.openBrowser,
          timeoutMs: request.timeoutMs,
          callbackPort: request.callbackPort ?? 0,
        });
  const fields = {
    provider: 'ai-run-sso',
    authMethod: 'sso',
    ...(given === undefined ? {} : { issuer: given }),
    ...(clientId === DEFAULT_CLIENT ? {} : { clientId }),
  } as const;
  return { credential, notices: [], fields };
}

/** The platform's own word on who this is, best effort: a platform that is down does not undo a sign-in. */
async function whoIs(
  context: Context,
  origin: Origin,
  credential: Credential,
): Promise<PlatformUser | undefined> {
  try {
    return await createPlatform(context, origin, fixedAccess(origin, credential)).user();
  } catch (error) {
    context.signal.throwIfAborted();
    context.log.debug('the platform did not say who signed in', { reason: messageOf(error) });
    if (error instanceof CodemieError && error.code === 'AUTH_REFUSED')
      throw refusedByPlatform(origin, error);
    return undefined;
  }
}

interface Placed {
  readonly store: SecretStore;
  readonly id: string;
  readonly credential: Credential;
}

async function previousCredential(
  context: Context,
  profile: Profile | undefined,
): Promise<Placed | undefined> {
  if (profile?.credential === undefined) return undefined;
  try {
    const store = await openStore(storeName(profile.credential.store), context);
    const credential = await store.get(profile.credential.id);
    return credential === undefined ? undefined : { store, id: profile.credential.id, credential };
  } catch (error) {
    context.log.debug('the previous credential could not be read', { reason: messageOf(error) });
    return undefined;
  }
}

/** The credential that was replaced: revoked, and removed where it rested unless another profile still uses it. */
async function retire(context: Context, previous: Placed | undefined, next: Placed): Promise<void> {
  if (previous === undefined) return;
  const sharedWith = Object.values(readConfig(context.home).profiles).some(
    (profile) => profile.credential?.id === previous.id,
  );
  const samePlace = previous.store.name === next.store.name && previous.id === next.id;
  if (!samePlace && !sharedWith) await previous.store.delete(previous.id);
  if (samePlace || !sharedWith) await revoke(previous.credential, context);
}

function noIssuer(origin: Origin): CodemieError {
  return new CodemieError({
    code: 'SIGN_IN_UNSUPPORTED',
    message: `${origin} does not name an OpenID provider, which this version needs to sign in.`,
    hint: 'Name it with --issuer https://…, or give a token: codemie profile login --with-token',
    exit: 'failed',
  });
}

function refusedByPlatform(origin: Origin, cause: CodemieError): CodemieError {
  return new CodemieError({
    code: 'AUTH_REFUSED',
    message: `The identity provider signed you in, but ${origin} does not accept the result; nothing was kept.`,
    hint: 'Check that the platform trusts this identity provider and client: codemie doctor',
    exit: 'auth',
    cause,
  });
}
