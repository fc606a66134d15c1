import { connect } from 'node:tls';
import { proxyUrl } from '../../net/proxy.ts';
import { systemCode } from '../../system/errors.ts';
import { type Check, fail, ok, skip, warn } from '../check.ts';

const DAY = 86_400_000;

/** The platform's certificate; when it is not trusted, who issued what was presented. */
export const tls: Check = {
  id: 'tls',
  title: 'Certificate',
  needsNetwork: true,
  after: ['network'],
  run: async (patient, signal) => {
    const { origin } = patient.selection();
    if (origin === undefined) return skip('no platform is configured');
    const url = new URL(origin);
    if (url.protocol === 'http:') return ok('plain http to this machine itself');
    if (proxyUrl(url, patient.context.env) !== undefined)
      return skip('looked at through the proxy by the platform check');
    const seen = await look(url, signal);
    if (seen.error !== undefined) {
      return fail(
        `The certificate of ${url.host} is not trusted (${seen.error})${seen.issuer === undefined ? '' : `; it was issued by ${seen.issuer}`}.`,
        'export NODE_EXTRA_CA_CERTS=/path/to/company-ca.pem',
      );
    }
    const left = (seen.validTo ?? Number.POSITIVE_INFINITY) - patient.now;
    if (left < 14 * DAY)
      return warn(
        `trusted, but it expires in ${Math.floor(left / DAY)} days`,
        'Tell the platform’s operators',
      );
    return ok(`trusted, issued by ${seen.issuer ?? 'unknown'}`);
  },
};

interface Seen {
  readonly error?: string;
  readonly issuer?: string;
  readonly validTo?: number;
}

/** Looks at the certificate whether or not it is trusted; nothing is sent over this connection. */
function look(url: URL, signal: AbortSignal): Promise<Seen> {
  return new Promise((resolve) => {
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const socket = connect({
      host,
      port: Number(url.port || 443),
      servername: /^[\d.:]+$/.test(host) ? '' : host,
      rejectUnauthorized: false,
    });
    const end = (seen: Seen): void => {
      socket.destroy();
      resolve(seen);
    };
    signal.addEventListener('abort', () => end({ error: 'no answer in time' }), { once: true });
    socket.once('error', (error) => end({ error: systemCode(error) ?? error.message }));
    socket.once('secureConnect', () => {
      const { issuer, valid_to } = socket.getPeerCertificate();
      const name = [issuer?.O, issuer?.CN].filter((part) => typeof part === 'string').join(', ');
      const facts = { ...(name === '' ? {} : { issuer: name }), validTo: Date.parse(valid_to) };
      end(socket.authorized ? facts : { ...facts, error: String(socket.authorizationError) });
    });
  });
}
