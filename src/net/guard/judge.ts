import { isIP, type LookupFunction } from 'node:net';
import type { Env } from '../../system/env.ts';
import { bareHost } from '../origin.ts';
import { proxyFor } from '../proxy.ts';
import type { DestinationGuard } from './destination.ts';

/**
 * Judges what a connection of `openUpstream` does not judge by itself. It judges a name when it is looked up; an address is never
 * looked up, and a proxy looks names up itself.
 *
 * @throws DESTINATION_REFUSED.
 */
export async function judge(url: URL, guard: DestinationGuard, env: Env): Promise<void> {
  if (proxyFor(url, env) !== undefined) await guard.checkName(url);
  else if (isIP(bareHost(url)) !== 0) await guard.check(url);
}

/** The connection goes to an address that was judged, and to no other the name may stand for a moment later. */
export function lookupOf(guard: DestinationGuard, url: URL): LookupFunction {
  return (_host, { all }, done) => {
    guard.check(url).then(
      (addresses) => {
        const [first] = addresses;
        if (all === true) done(null, [...addresses]);
        else done(null, first?.address ?? '', first?.family);
      },
      (error: Error) => done(error, ''),
    );
  };
}
