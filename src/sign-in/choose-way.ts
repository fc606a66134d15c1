import { unusualApiBase } from '../config/api-base.ts';
import type { Profile } from '../config/profile.ts';
import { keyProviderOf } from '../config/providers.ts';
import { DEFAULT_CLIENT } from '../config/settings-table.ts';
import type { Context } from '../context.ts';
import { FROM_STDIN, namingSource } from '../credentials/find/overriding.ts';
import type { Origin } from '../net/origin.ts';
import { CodemieError, SIGN_IN } from '../system/errors.ts';
import { chooseIssuer, type IssuerFacts, noIssuer } from './choose-issuer.ts';
import type { PendingSignIn } from './oidc/two-step.ts';
import type { Obtained, PlatformPlace, SignInRequest, Target } from './request.ts';
import { credentialFromKey } from './with-api-key.ts';
import { credentialFromToken } from './with-token.ts';

type OwnMethod = 'browser' | 'device' | 'hand-off' | 'local';

/**
 * Chooses how to sign in, and signs in that way. Your options decide; without any, the platform's offer does.
 *
 * | You asked for                | The platform                              | How you sign in                              |
 * |------------------------------|-------------------------------------------|----------------------------------------------|
 * | a token (`--with-token`)     | is not asked                              | the token you give                           |
 * | an API key (`--api-key`)     | is not asked                              | the key you give, for a model provider       |
 * | a pipeline (`--ci`)          | names an OpenID provider                  | exchange of the pipeline's identity token    |
 * | to complete (second call)    | is not asked                              | the device sign-in that the first call began |
 * | `--device`                   | names an OpenID provider                  | device code                                  |
 * | `--method browser`           | names an OpenID provider                  | authorization code in the browser            |
 * | `--method local`, `hand-off` | anything                                  | as asked                                     |
 * | nothing                      | offers its OpenID provider to this client | authorization code in the browser            |
 * | nothing                      | has local accounts                        | email and password                           |
 * | nothing                      | has its own sign-in page                  | hand-off from that page                      |
 * | nothing                      | offers none of these                      | SIGN_IN_UNSUPPORTED                          |
 *
 * If a row needs an OpenID provider and none is known, the result is SIGN_IN_UNSUPPORTED. `chooseIssuer` picks the provider: the
 * one you named, then the profile's, then the platform's.
 *
 * @throws SIGN_IN_UNSUPPORTED, and what the chosen sign-in throws.
 */
export async function chooseWay(context: Context, request: SignInRequest, target: Target): Promise<Obtained> {
  const { origin, apiBase, selection, store, profileName } = target;
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
      const obtained = credentialFromToken(context, origin, request.secret);
      return { ...(await obtained.catch((error: unknown) => piped(context, error))), fields };
    }
    case 'api-key':
      try {
        return credentialFromKey(context, origin, request.secret, selection);
      } catch (error) {
        return piped(context, error);
      }
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
    default: {
      const facts = await chooseIssuer(context, place, request, profile);
      const way = interactiveWay(origin, request.method, facts);
      return signInBy(way, context, request, place, facts, profile);
    }
  }
}

/** Names stdin in an error about a secret that was piped, not typed. */
function piped({ terminal }: Context, error: unknown): never {
  throw terminal.isTTY.stdin ? error : namingSource(error, FROM_STDIN);
}

/** The interactive rows of the table above. @throws SIGN_IN_UNSUPPORTED. */
export function interactiveWay(
  origin: Origin,
  method: 'auto' | OwnMethod,
  { issuer, offered, ways }: Pick<IssuerFacts, 'issuer' | 'offered' | 'ways'>,
): OwnMethod {
  if (method === 'device' && issuer === undefined) throw noIssuer(origin, 'sign-in with a device code');
  if (method === 'browser' && issuer === undefined) throw noIssuer(origin, 'sign-in with the browser');
  if (method !== 'auto') return method;
  if (offered && issuer !== undefined) return 'browser';
  if (ways.length === 0) throw noMethodOffered(origin);
  return ways.includes('local') ? 'local' : 'hand-off';
}

/** Prints one line about the sign-in, and performs it. */
async function signInBy(
  way: OwnMethod,
  context: Context,
  request: SignInRequest,
  place: PlatformPlace,
  facts: IssuerFacts,
  profile: Profile | undefined,
): Promise<Obtained> {
  const { origin, apiBase } = place;
  const { issuer, clientId, resource, named } = facts;
  const { openBrowser, timeoutMs, callbackPort = 0 } = request;
  const browser = { openBrowser, timeoutMs, callbackPort };
  const own = { ...PLATFORM, ...ofPlatform(place, profile) };
  if (way === 'local') {
    context.terminal.say('This server uses email and password.');
    const { signInWithPassword } = await import('./with-password.ts');
    return { ...(await signInWithPassword(context, origin, apiBase)), fields: own };
  }
  if (way === 'hand-off' || issuer === undefined) {
    const isChosenHere = request.method === 'auto' && issuer !== undefined;
    const other = isChosenHere ? ` To sign in with ${hostOf(issuer)} directly: --method browser` : '';
    context.terminal.say(`Signing in with ${hostOf(origin)}…${other}`);
    const { signInByHandOff } = await import('./hand-off.ts');
    return {
      ...(await signInByHandOff(context, place, { ...browser, as: request.as })),
      notices: [],
      fields: own,
    };
  }
  context.log.debug('identity provider chosen', { issuer, why: reasonFor(facts) });
  context.terminal.say(`Signing in with ${hostOf(issuer)}…`);
  const { signInOidc } = await import('./oidc/sign-in.ts');
  const credential = await signInOidc(context, {
    origin,
    issuer,
    clientId,
    resource,
    route: way,
    ...browser,
  });
  return { credential, notices: [], fields: fieldsOf(place, profile, named, clientId) };
}

const PLATFORM = {
  provider: 'ai-run-sso',
  authMethod: 'sso',
  issuer: undefined,
  clientId: undefined,
} as const;

/** If the profile was for a key provider before, this also clears that provider's address. */
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

function reasonFor({ named, offered }: IssuerFacts): string {
  if (named !== undefined) return 'named by a setting';
  return offered ? 'published by the server' : 'the server redirects browsers there';
}

function hostOf(address: string): string {
  return URL.canParse(address) ? new URL(address).host : address;
}

/** The platform's identity provider is `local`, but it has no accounts. This is how an unconfigured platform behaves. */
function noMethodOffered(origin: Origin): CodemieError {
  return new CodemieError({
    code: 'SIGN_IN_UNSUPPORTED',
    message: `${origin} has no sign-in: user management is off, and it doesn't publish an identity provider. It accepts only tokens.`,
    fix: `${SIGN_IN} --with-token`,
  });
}

/**
 * Starts a device sign-in without a terminal. The next call completes it.
 *
 * @returns undefined if an earlier call already started one.
 */
export async function beginWithoutTerminal(
  context: Context,
  request: SignInRequest,
  { origin, apiBase, selection, store, profileName }: Target,
): Promise<PendingSignIn | undefined> {
  const { beginSignIn, isInProgress } = await import('./oidc/two-step.ts');
  // A sign-in in progress already has its provider.
  if (await isInProgress(context, store, origin, profileName)) return undefined;
  const facts = await chooseIssuer(context, { origin, apiBase }, request, selection.profile);
  const { issuer, clientId, resource, named } = facts;
  if (issuer === undefined) throw noIssuer(origin, 'sign-in without a terminal');
  return beginSignIn(context, store, profileName, { origin, issuer, clientId, resource }, named);
}
