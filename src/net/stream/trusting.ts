import { isUnknownIssuer, type Roots } from '../roots.ts';
import type { Upstream } from './request.ts';

/**
 * An upstream that trusts what the operating system trusts once an issuer is unknown without it. Its connections get
 * their certificates when it is opened, so it is opened again then.
 */
export function trusting(ca: Roots, open: () => Upstream): Upstream {
  let opened: Upstream | undefined;
  const current = (): Upstream => {
    opened ??= open();
    return opened;
  };
  return {
    send: async (request) => {
      const used = current();
      try {
        return await used.send(request);
      } catch (error) {
        if (!isUnknownIssuer(error) || (await ca.addSystem?.()) !== true) throw error;
        // Without a trusted connection there is nothing to close.
        if (opened === used) opened = undefined;
        if (!request.body.isReplayable()) throw error;
        return current().send(request);
      }
    },
    connect: () => current().connect(),
    close: () => opened?.close(),
  };
}
