import type { Context } from '../../../context.ts';
import { reaching } from '../../../keycloak/errors.ts';
import { objectIn } from '../../../system/json.ts';

/** The path of Keycloak before version 17, and of servers that kept it. */
const OLD_PATH = '/auth';

/**
 * Keycloak lies at the root of its server, or below `/auth`. The address of the platform's own settings has no `/auth`, and
 * installation guides have one, so both forms are tried. Sends no secret.
 *
 * @param server as `serverBase` returns it.
 * @returns the form that answers; the given one if neither does.
 */
export async function answeringBase(context: Context, server: string, realm: string): Promise<string> {
  const other = server.endsWith(OLD_PATH) ? server.slice(0, -OLD_PATH.length) : `${server}${OLD_PATH}`;
  for (const base of [server, other]) if (await hasRealm(context, base, realm)) return base;
  return server;
}

async function hasRealm({ http, signal }: Context, base: string, realm: string): Promise<boolean> {
  const url = `${base}/realms/${encodeURIComponent(realm)}`;
  const { status, body } = await reaching(http)({ url, headers: { accept: 'application/json' }, signal });
  return status === 200 && typeof objectIn(body.toString('utf8'))?.['realm'] === 'string';
}
