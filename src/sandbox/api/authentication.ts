import type { IncomingMessage } from 'node:http';
import type { JWTPayload } from 'jose';
import type { ApiOptions } from '../options.ts';
import { claimsOf } from '../people-and-models.ts';
import { type Account, accountFromIdentity } from './account.ts';
import { AUTHENTICATION_FAILED, problem } from './answers.ts';
import { cookiesOf } from './cookie-gateway.ts';
import { identityFrom } from './identity.ts';
import type { Mode } from './mode.ts';
import { refuse, refuseWith } from './refusal.ts';
import { enter, signUp } from './sign-up.ts';
import { isUuid } from './uuid.ts';

/** The cookie a local sign-in sets. */
export const LOCAL_COOKIE = 'codemie_access_token';

export interface SignedIn {
  readonly account: Account;
  /** Cookies to set when the request renewed the session. */
  readonly renewed: readonly string[];
}

/**
 * @returns the account of who sends this request.
 * @throws Refusal
 */
export async function authenticate(request: IncomingMessage, options: ApiOptions): Promise<SignedIn> {
  const { mode, tokens, gateway } = options;
  const bearer = bearerOf(request, mode);
  if (mode.idp === 'local' && !mode.userManagement) return byHeader(request.headers.authorization);
  if (mode.idp === 'local') return byLocalToken(bearer, cookiesOf(request).get(LOCAL_COOKIE), options);
  if (options.trusted !== undefined) {
    const claims = await verifiedBy(options.trusted, bearer, request);
    return { account: await accountOf(claims, options), renewed: [] };
  }
  if (bearer === undefined) {
    const session = gateway.verify(request) ?? refuseWith(AUTHENTICATION_FAILED);
    const { user, renewed } = session;
    return { account: await accountOf({ ...claimsOf(user), sub: user.id }, options), renewed };
  }
  const verified = await tokens.verify(bearer);
  if ('reason' in verified) return refuseWith(AUTHENTICATION_FAILED);
  return { account: await accountOf(verified.claims, options), renewed: [] };
}

/** A platform that checks signatures itself takes a bearer token and nothing else. */
async function verifiedBy(
  verify: NonNullable<ApiOptions['trusted']>,
  bearer: string | undefined,
  { headers }: IncomingMessage,
): Promise<JWTPayload> {
  if (bearer === undefined) {
    const details = headers.authorization
      ? 'Authorization header must use Bearer scheme'
      : 'Missing Authorization header';
    return refuse(401, 'Authentication failed', details);
  }
  return verify(bearer).catch(() => refuse(401, 'Token validation failed', 'Invalid or expired credentials'));
}

/** @returns the account of a person whose identity provider says this. */
async function accountOf(claims: Record<string, unknown>, options: ApiOptions): Promise<Account> {
  const identity = identityFrom(claims);
  if (!options.mode.userManagement) return accountFromIdentity(identity, options.platform);
  checkUuid(identity.id);
  return signUp(identity, options);
}

/**
 * @returns the token of the Authorization header. With local accounts the platform accepts only the spelling
 *   "Bearer".
 */
export function bearerOf(request: IncomingMessage, mode: Mode): string | undefined {
  const pattern = mode.idp === 'local' ? /^Bearer (.+)$/ : /^Bearer (.+)$/i;
  return pattern.exec(request.headers.authorization ?? '')?.[1];
}

async function byLocalToken(
  header: string | undefined,
  cookie: string | undefined,
  options: ApiOptions,
): Promise<SignedIn> {
  if (header !== undefined && cookie !== undefined) refuseWith(AMBIGUOUS);
  const token = header ?? cookie ?? refuse(401, 'Authentication required');
  const verified = await options.tokens.verify(token);
  if ('reason' in verified) return refuse(401, verified.reason);
  const id = String(verified.claims.sub);
  checkUuid(id);
  const user = (await options.managed.user(id)) ?? refuse(401, 'Invalid credentials');
  return { account: await enter(user, options), renewed: [] };
}

/**
 * A platform before sign-in is configured: it checks nothing, and takes the whole header, "Bearer" included, as the
 * user's name.
 */
function byHeader(header: string | undefined): SignedIn {
  if (header === undefined)
    return refuse(401, 'Authentication failed', 'Missing user-id header for local authentication');
  const account: Account = {
    id: header,
    username: header,
    name: header,
    email: '',
    picture: '',
    userType: 'regular',
    projects: ['demo'],
    adminProjects: [],
    knowledgeBases: [],
    isAdmin: false,
    isMaintainer: false,
    projectLimit: null,
    roles: ['developer', 'researcher'],
  };
  return { account, renewed: [] };
}

const AMBIGUOUS = problem(
  401,
  'Ambiguous authentication',
  'Token found in both Authorization header and cookie. Use only one.',
);

function checkUuid(id: string): void {
  if (!isUuid(id)) refuse(422, 'User ID must be a valid UUID');
}
