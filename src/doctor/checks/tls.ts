import { presentedBy } from '../../net/certificate.ts';
import { proxyFor } from '../../net/proxy.ts';
import { certificateHint, reasonOf, TLS_CODES } from '../../net/unreachable.ts';
import { factsOf } from '../../net/untrusted.ts';
import { type Check, fail, ok, skip, warn } from '../check.ts';
import { elsewhere } from '../elsewhere.ts';

const DAY = 86_400_000;
/** Shorter than a check's own limit, so that the message names what did not answer. */
const LIMIT_MS = 4000;

const NO_HANDSHAKE =
  'The port is open, but no certificate was sent. Check the port of the URL, and ask the administrator of that server whether it is running.';

/** The platform's certificate, and its issuer when it is not trusted. */
export const tls: Check = {
  id: 'tls',
  title: 'Certificate',
  needsNetwork: true,
  after: ['network'],
  // Some computers need most of it to read the certificates they trust.
  limitMs: 75_000,
  run: async (patient, signal) => {
    const { origin } = patient.selection();
    if (origin === undefined) return skip('no CodeMie URL is configured');
    const url = new URL(origin);
    if (url.protocol === 'http:') return ok('not encrypted, but only on this machine');
    const { ca, env, limits } = patient.context;
    // A file that can't be used has its own message.
    ca();
    const timeoutMs = Math.min(LIMIT_MS, limits.connectMs);
    const seen = await presentedBy(url, { ca, proxy: proxyFor(url, env), signal, timeoutMs });
    if (seen.error !== undefined) {
      const { error } = seen;
      const reason = reasonOf(Object.assign(new Error(error), { code: error }));
      const facts = [`${origin} ${reason}`, ...factsOf(error, seen)];
      const hint = TLS_CODES.test(error) ? certificateHint(error, ca) : NO_HANDSHAKE;
      return fail(`${facts.join('; ')}.`, ...elsewhere(patient), { hint });
    }
    const left = (seen.validTo ?? Number.POSITIVE_INFINITY) - patient.now;
    if (left < 14 * DAY)
      return warn(`trusted, but it expires in ${Math.floor(left / DAY)} days`, {
        hint: 'Ask your CodeMie administrator to renew it.',
      });
    return ok(`trusted, issued by ${seen.issuer ?? 'unknown'}`);
  },
};
