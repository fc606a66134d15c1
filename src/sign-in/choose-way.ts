import { unusualApiBase } from '../config/api-base.ts';
import type { Profile } from '../config/profile.ts';
import { keyProviderOf } from '../config/providers.ts';
import type { Context } from '../context.ts';
import type { Origin } from '../net/origin.ts';
import { CodemieError, SIGN_IN } from '../system/errors.ts';
import { chooseIssuer, DEFAULT_CLIENT, type IssuerFacts, noIssuer } from './choose-issuer.ts';
import type { PendingSignIn } from './oidc/two-step.ts';
import type { Obtained, PlatformPlace, SignInRequest, Target } from './request.ts';
import { credentialFromKey } from './with-api-key.ts';
import { credentialFromToken } from './with-token.ts';

/** Every way in. Which one is taken was said by the person, or is chosen by what the platform offers. */
export async function chooseWay(
  context: Context,
  request: SignInRequest,
  { origin, apiBase, selection, store, profileName }: Target,
): Promise<Obtained> {
  const place = { origin, apiBase };
  const { profile } = selection;
  switch (request.method) {
    case 'token': {
      const fields = {
        ...PLATFORM,
        provider: 'bearer-auth',
        authMethod: 'jwt',
        ...ofPlatform(place, profile),
      } as const;
      return { ...(await credentialFromToken(context, origin, request.secret)), fields };
    }
    case 'api-key':
      return credentialFromKey(context, origin, request.secret, selection);
    case 'ci': {
      const { pipelineCredential } = await import('./ci/pipeline-access.ts');
      const { credential, named } = await pipelineCredential(context, place, request, profile);
      return { credential, notices: [], fields: fieldsOf(place, profile, named, credential.clientId) };
    }
    case 'complete': {
      const { completeSignIn } = await import('./oidc/two-step.ts');
      const { timeoutMs } = request;
      const { credential, named } = await completeSignIn(context, store, origin, profileName, timeoutMs);
      return { credential, notices: [], fields: fieldsOf(place, profile, named, credential.clientId) };
    }
    default:
      return fromProvider(context, place, request, profile);
  }
}

const PLATFORM = {
  provider: 'ai-run-sso',
  authMethod: 'sso',
  issuer: undefined,
  clientId: undefined,
} as const;

/** A profile that was a key provider's before forgets that provider's address. */
function ofPlatform({ origin, apiBase }: PlatformPlace, profile: Profile | undefined): Obtained['fields'] {
  return {
    codeMieUrl: origin,
    apiUrl: unusualApiBase(origin, apiBase),
    ...(keyProviderOf(profile) === undefined ? {} : { baseUrl: undefined }),
  };
}

function fieldsOf(
  place: PlatformPlace,
  profile: Profile | undefined,
  issuer: string | undefined,
  clientId: string,
): Obtained['fields'] {
  return {
    ...PLATFORM,
    ...ofPlatform(place, profile),
    issuer,
    clientId: clientId === DEFAULT_CLIENT ? undefined : clientId,
  };
}

async function fromProvider(
  context: Context,
  place: PlatformPlace,
  request: SignInRequest,
  profile: Profile | undefined,
): Promise<Obtained> {
  const { origin } = place;
  const facts = await chooseIssuer(context, place, request, profile);
  const { method } = request;
  const { issuer } = facts;
  const own = method === 'hand-off' || method === 'local' || (method === 'auto' && !facts.offered);
  if (own || issuer === undefined) {
    if (method === 'device') throw noIssuer(origin, 'sign-in by device code');
    if (method === 'browser') throw noIssuer(origin, 'sign-in by authorization code');
    return {
      ...(await fromPlatform(context, place, request, facts)),
      fields: { ...PLATFORM, ...ofPlatform(place, profile) },
    };
  }
  context.log.debug('identity provider chosen', { issuer, why: reasonFor(facts) });
  context.terminal.say(`Signing in with ${hostOf(issuer)}…`);
  const { signInOidc } = await import('./oidc/sign-in.ts');
  const credential = await signInOidc(context, {
    origin,
    issuer,
    clientId: facts.clientId,
    resource: facts.resource,
    route: method === 'device' ? 'device' : 'browser',
    openBrowser: request.openBrowser,
    timeoutMs: request.timeoutMs,
    callbackPort: request.callbackPort ?? 0,
  });
  return { credential, notices: [], fields: fieldsOf(place, profile, facts.named, facts.clientId) };
}

function reasonFor({ named, offered }: IssuerFacts): string {
  if (named !== undefined) return 'named by a setting';
  return offered ? 'published by the server' : 'the server redirects browsers there';
}

function hostOf(address: string): string {
  return URL.canParse(address) ? new URL(address).host : address;
}

/** A platform that names no OpenID provider has a sign-in of its own. One line says which. */
async function fromPlatform(
  context: Context,
  { origin, apiBase }: PlatformPlace,
  request: SignInRequest,
  { ways, issuer }: IssuerFacts,
): Promise<Omit<Obtained, 'fields'>> {
  const forced = request.method === 'hand-off' || request.method === 'local';
  const local = forced ? request.method === 'local' : ways.includes('local');
  const other =
    forced || issuer === undefined ? '' : ` To sign in with ${hostOf(issuer)} directly: --method browser`;
  if (!forced && ways.length === 0) throw noWayIn(origin);
  if (local) {
    context.terminal.say('This server uses email and password.');
    const { signInWithPassword } = await import('./with-password.ts');
    return signInWithPassword(context, origin, apiBase);
  }
  context.terminal.say(`Signing in with ${hostOf(origin)}…${other}`);
  const { signInByHandOff } = await import('./hand-off.ts');
  const handedOver = await signInByHandOff(
    context,
    { origin, apiBase },
    {
      as: request.as,
      openBrowser: request.openBrowser,
      timeoutMs: request.timeoutMs,
      callbackPort: request.callbackPort ?? 0,
    },
  );
  return { ...handedOver, notices: [] };
}

/** A platform whose identity provider is `local` while it keeps no accounts: its default when nobody configured it. */
function noWayIn(origin: Origin): CodemieError {
  return new CodemieError({
    code: 'SIGN_IN_UNSUPPORTED',
    message: `${origin} offers no sign-in: it keeps no accounts (user management is off) and names no identity provider. It takes bearer tokens.`,
    hint: `${SIGN_IN} --with-token`,
  });
}

/** What a call without a terminal begins for the next one to complete; undefined when one waits to be completed. */
export async function beginWithout(
  context: Context,
  request: SignInRequest,
  { origin, apiBase, selection, store, profileName }: Target,
): Promise<PendingSignIn | undefined> {
  const { beginSignIn, isInProgress } = await import('./oidc/two-step.ts');
  // What was begun is known whole: nobody has to be named, or to answer, once more.
  if (await isInProgress(context, store, origin, profileName)) return undefined;
  const facts = await chooseIssuer(context, { origin, apiBase }, request, selection.profile);
  const { issuer, clientId, resource, named } = facts;
  if (issuer === undefined) throw noIssuer(origin, 'a sign-in without a terminal');
  return beginSignIn(context, store, profileName, { origin, issuer, clientId, resource }, named);
}
