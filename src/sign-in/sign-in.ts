import { createPlatform } from '../codemie/client.ts';
import { discoverPlatform, type PlatformFacts } from '../codemie/discovery.ts';
import type { PlatformUser } from '../codemie/shapes.ts';
import { readConfig } from '../config/file.ts';
import type { Profile } from '../config/profile.ts';
import { saveProfile, targetProfile } from '../config/write.ts';
import type { Context } from '../context.ts';
import { type Credential, credentialId, type StoreName } from '../credentials/credential.ts';
import { fixedAccess } from '../credentials/keeper.ts';
import { openStore, storeName } from '../credentials/open-store.ts';
import { canonicalOrigin, type Origin } from '../net/origin.ts';
import { CodemieError, messageOf, usageError } from '../system/errors.ts';
import type { Secret } from '../system/secret.ts';
import { denied } from './failures.ts';
import { credentialFromToken } from './given-token.ts';
import { end, formerPlace, replaceCredential } from './replace.ts';

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
  /** Whether there was a credential that this one takes the place of. */
  readonly replaced: boolean;
  readonly notices: readonly string[];
}

/**
 * A whole sign-in, as `profile login` and `setup` use it: the store is tried before anything is asked of a person
 * (S20), the new credential is stored before the one it replaces is revoked, and a failure leaves the old one usable (S35).
 *
 * @throws INPUT_REQUIRED, URL_* (2), STORE_* (8), SIGN_IN_UNSUPPORTED (1), AUTH_REFUSED (4) when the platform does not
 *   take the credential, and what `signInOidc` throws.
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

  const {
    credential: obtained,
    notices,
    fields,
  } = request.method === 'token'
    ? fromToken(context, origin, request.token)
    : await fromProvider(context, origin, request, profile);
  const former = await formerPlace(context, profile);
  const asked = await whoIs(context, origin, obtained);
  if (asked.refusal !== undefined) {
    await end(context, obtained, former?.credential);
    throw refusedByPlatform(origin, request.method, asked.refusal);
  }
  const credential = await confirmed(context, obtained, asked.user);
  const id = credentialId(credential);
  const replaced = await replaceCredential(context, { store, id, credential }, former, () =>
    saveProfile(
      context,
      profileName,
      { ...fields, codeMieUrl: origin, credential: { store: store.name, id } },
      { activate: true },
    ),
  );
  const { user } = asked;
  return {
    profileName,
    origin,
    credential,
    store: store.name,
    replaced,
    notices,
    ...(user === undefined ? {} : { user }),
  };
}

function addressOf({ env }: Context, { url }: SignInRequest, profile: Profile | undefined): Origin {
  const address =
    url || env['CODEMIE_BASE_URL'] || env['CODEMIE_URL'] || profile?.codeMieUrl || profile?.baseUrl;
  if (address) return canonicalOrigin(address);
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
  return {
    ...credentialFromToken(context, origin, given),
    fields: { provider: 'bearer-auth', authMethod: 'jwt' },
  };
}

async function fromProvider(
  context: Context,
  origin: Origin,
  request: SignInRequest,
  profile: Profile | undefined,
): Promise<Obtained> {
  // An issuer that was named for one platform says nothing about another (S39).
  const known = isAddressOf(profile?.codeMieUrl ?? profile?.baseUrl ?? '', origin) ? profile : undefined;
  const named = request.issuer ?? known?.issuer;
  const facts = await factsOf(context, origin, named === undefined);
  const issuer = named ?? facts?.issuer;
  if (issuer === undefined) return fromPlatform(context, origin, request, facts?.ways ?? []);
  const clientId = request.clientId ?? known?.clientId ?? DEFAULT_CLIENT;
  const { signInOidc } = await import('./oidc.ts');
  const credential = await signInOidc(context, {
    origin,
    issuer,
    clientId,
    resource: facts?.resource,
    route: request.method === 'device' ? 'device' : 'browser',
    openBrowser: request.openBrowser,
    timeoutMs: request.timeoutMs,
    callbackPort: request.callbackPort ?? 0,
  });
  const fields = {
    provider: 'ai-run-sso',
    authMethod: 'sso',
    issuer: named,
    clientId: clientId === DEFAULT_CLIENT ? undefined : clientId,
  } as const;
  return { credential, notices: [], fields };
}

/** A platform that names no OpenID provider has a sign-in of its own. One line says which and why. */
async function fromPlatform(
  context: Context,
  origin: Origin,
  request: SignInRequest,
  ways: PlatformFacts['ways'],
): Promise<Obtained> {
  if (request.method === 'device') throw noIssuer(origin);
  const fields = {
    provider: 'ai-run-sso',
    authMethod: 'sso',
    issuer: undefined,
    clientId: undefined,
  } as const;
  if (ways.includes('local')) {
    context.terminal.say(`${origin} has accounts of its own: signing in with e-mail and password.`);
    const { signInLocally } = await import('./local.ts');
    return { credential: await signInLocally(context, origin), notices: [], fields };
  }
  context.terminal.say(`${origin} names no OpenID provider: signing in at the platform itself.`);
  const { signInByHandOff } = await import('./hand-off.ts');
  const credential = await signInByHandOff(context, origin, {
    openBrowser: request.openBrowser,
    timeoutMs: request.timeoutMs,
    callbackPort: request.callbackPort ?? 0,
  });
  return { credential, notices: [], fields };
}

/** What the platform says of itself; when the issuer is known, a platform that does not answer is no obstacle. */
async function factsOf(
  context: Context,
  origin: Origin,
  required: boolean,
): Promise<Pick<PlatformFacts, 'issuer' | 'resource' | 'ways'> | undefined> {
  try {
    const { issuer, resource, ways } = await discoverPlatform(context, origin);
    // RFC 9728 §3.3: a platform may name itself and nobody else, or its token would open another platform.
    const own = resource !== undefined && isAddressOf(resource, origin);
    return { ways, ...(issuer && { issuer }), ...(own && { resource }) };
  } catch (error) {
    context.signal.throwIfAborted();
    if (required) throw error;
    context.log.debug('the platform did not describe itself', { reason: messageOf(error) });
    return undefined;
  }
}

function isAddressOf(address: string, origin: Origin): boolean {
  try {
    return canonicalOrigin(address) === origin;
  } catch {
    return false;
  }
}

/**
 * A hand-off says nothing about whom it stands for, and nothing binds it to the person who asked (somebody else's page
 * may have answered first): the platform is asked, and the person may say no.
 */
async function confirmed(
  context: Context,
  credential: Credential,
  user: PlatformUser | undefined,
): Promise<Credential> {
  if (credential.kind !== 'session') return credential;
  const id = user?.id ?? user?.email;
  if (user === undefined || id === undefined) {
    throw new CodemieError({
      code: 'HAND_OFF_UNUSABLE',
      message: `${credential.origin} does not say who signed in, so nothing was kept.`,
      hint: 'Try again; if it stays, run: codemie doctor',
      exit: 'failed',
    });
  }
  const { name, email } = user;
  if (context.terminal.interactive) {
    const prompts = await context.terminal.prompts();
    const message = `The platform says you are ${name ?? id}${email === undefined ? '' : ` (${email})`}. Is that right?`;
    if (!(await prompts.confirm({ flag: '--no-input', message, default: true })))
      throw denied('that was somebody else');
  }
  return { ...credential, identity: { id, ...(name && { name }), ...(email && { email }) } };
}

/** The platform's own word on who this is, best effort: a platform that is down does not undo a sign-in. */
async function whoIs(
  context: Context,
  origin: Origin,
  credential: Credential,
): Promise<{ readonly user?: PlatformUser; readonly refusal?: CodemieError }> {
  try {
    return { user: await createPlatform(context, origin, fixedAccess(origin, credential)).user() };
  } catch (error) {
    context.signal.throwIfAborted();
    context.log.debug('the platform did not say who signed in', { reason: messageOf(error) });
    return error instanceof CodemieError && error.code === 'AUTH_REFUSED' ? { refusal: error } : {};
  }
}

function noIssuer(origin: Origin): CodemieError {
  return new CodemieError({
    code: 'SIGN_IN_UNSUPPORTED',
    message: `${origin} does not name an OpenID provider, which this version needs to sign in.`,
    hint: 'Name it with --issuer https://…, or give a token: codemie profile login --with-token',
    exit: 'failed',
  });
}

function refusedByPlatform(
  origin: Origin,
  method: SignInRequest['method'],
  cause: CodemieError,
): CodemieError {
  const token = method === 'token';
  return new CodemieError({
    code: 'AUTH_REFUSED',
    message: token
      ? `${origin} does not accept this token; nothing was kept.`
      : `The identity provider signed you in, but ${origin} does not accept the result; nothing was kept.`,
    hint: token
      ? 'Get a token that was issued for this platform, and pass it again with --with-token'
      : 'Check that the platform trusts this identity provider and client: codemie doctor',
    exit: 'auth',
    cause,
  });
}
