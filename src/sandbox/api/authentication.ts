import type { IncomingMessage } from 'node:http';
import { findUser, type SandboxUser } from '../people-and-models.ts';
import type { Tokens } from '../tokens.ts';
import { type Answer, AUTHENTICATION_FAILED, DEACTIVATED, problem } from './answers.ts';
import { type CookieGateway, cookiesOf } from './cookie-gateway.ts';

/** How the platform is set up: who checks credentials, and whether it manages its users itself. */
export interface Mode {
  readonly idp: 'keycloak' | 'local';
  readonly userManagement: boolean;
}

/** The cookie a local sign-in sets. */
export const LOCAL_COOKIE = 'codemie_access_token';

export type Verdict =
  | {
      readonly user: SandboxUser;
      /** Cookies to set when the request renewed the session. */
      readonly renewed: readonly string[];
    }
  | { readonly refusal: Answer };

/** @returns the user who sends this request, or the platform's refusal. */
export async function authenticate(
  request: IncomingMessage,
  mode: Mode,
  { tokens, gateway }: { readonly tokens: Tokens; readonly gateway: CookieGateway },
): Promise<Verdict> {
  const bearer = bearerOf(request, mode);
  if (mode.idp === 'local' && !mode.userManagement) return byHeader(request.headers.authorization);
  if (mode.idp === 'local') return byLocalToken(bearer, cookiesOf(request).get(LOCAL_COOKIE), tokens);
  if (bearer === undefined) {
    const session = gateway.verify(request);
    if (session === undefined) return { refusal: AUTHENTICATION_FAILED };
    return active(session.user, mode, session.renewed);
  }
  const claims = await tokens.verify(bearer);
  if ('reason' in claims) return { refusal: AUTHENTICATION_FAILED };
  if (mode.userManagement && !isUuid(claims.sub)) return { refusal: NOT_A_UUID };
  const user = findUser(claims.sub);
  return user === undefined ? { refusal: AUTHENTICATION_FAILED } : active(user, mode, []);
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
  tokens: Tokens,
): Promise<Verdict> {
  if (header !== undefined && cookie !== undefined) return { refusal: AMBIGUOUS };
  const token = header ?? cookie;
  if (token === undefined) return { refusal: problem(401, 'Authentication required') };
  const claims = await tokens.verify(token);
  if ('reason' in claims) return { refusal: problem(401, claims.reason) };
  if (!isUuid(claims.sub)) return { refusal: NOT_A_UUID };
  const user = findUser(claims.sub);
  if (user === undefined) return { refusal: problem(401, 'Invalid credentials') };
  return active(user, { idp: 'local', userManagement: true }, []);
}

/**
 * A platform before sign-in is configured: it checks nothing, and takes the whole header, "Bearer" included, as the
 * user's name.
 */
function byHeader(header: string | undefined): Verdict {
  if (header === undefined) {
    const details = 'Missing user-id header for local authentication';
    return { refusal: problem(401, 'Authentication failed', details) };
  }
  const roles = ['developer', 'researcher'];
  const named = { id: header, username: header, name: header, email: '', password: '' };
  return { user: { ...named, projects: ['demo'], adminOf: [], roles }, renewed: [] };
}

/** Only a platform that manages its users can deactivate them. */
function active(user: SandboxUser, mode: Mode, renewed: readonly string[]): Verdict {
  return mode.userManagement && user.deactivated === true ? { refusal: DEACTIVATED } : { user, renewed };
}

const AMBIGUOUS = problem(
  401,
  'Ambiguous authentication',
  'Token found in both Authorization header and cookie. Use only one.',
);
const NOT_A_UUID = problem(422, 'User ID must be a valid UUID');

function isUuid(text: string): boolean {
  return /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(text);
}
