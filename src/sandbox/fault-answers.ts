import {
  AUTHENTICATION_FAILED,
  DEACTIVATED,
  NOT_FOUND,
  problem,
  reply,
  SERVER_ERROR,
} from './api/answers.ts';
import type { Fault } from './faults.ts';
import { toSignIn } from './front.ts';
import { type Exchange, send } from './http.ts';
import type { ApiOptions } from './options.ts';
import { loginPage } from './pages.ts';

/** How long the platform caches a checked credential, in seconds. */
const CACHE_SECONDS = 30;

/** @returns true when the fault answered the API request completely. */
export async function answeredFault(
  fault: Fault & { readonly since: number },
  exchange: Exchange,
  path: string,
  { mode, now, sleep }: Pick<ApiOptions, 'mode' | 'now' | 'sleep'>,
): Promise<boolean> {
  const { request, response } = exchange;
  switch (fault.fault) {
    case 'slow':
      await sleep((fault.value ?? 2) * 1000);
      return false;
    case 'drop':
      request.socket.destroy();
      return true;
    case 'api-401':
      reply(response, mode.idp === 'local' ? problem(401, 'JWT has expired') : AUTHENTICATION_FAILED);
      return true;
    case 'api-403':
      send(response, 403, loginPage('/oauth2/sign_in'));
      return true;
    case 'api-302-login':
      toSignIn(exchange);
      return true;
    case 'api-200-login':
      send(response, 200, loginPage('/oauth2/sign_in'));
      return true;
    case 'account-deactivated':
      reply(response, DEACTIVATED);
      return true;
    case 'database-down': {
      const remembered = now() - fault.since < (fault.value ?? CACHE_SECONDS) * 1000;
      // While the credential is cached, routes that do not query the database still work.
      if (remembered && !/^\/v1\/(user|projects|admin)/.test(path)) return false;
      reply(response, remembered ? SERVER_ERROR : AUTHENTICATION_FAILED);
      return true;
    }
    case '429':
      reply(response, problem(429, 'Too many requests'), { 'retry-after': '1' });
      return true;
    case '500':
      reply(response, SERVER_ERROR);
      return true;
    case 'model-proxy-off':
      reply(response, NOT_FOUND);
      return true;
    default:
      return false;
  }
}
