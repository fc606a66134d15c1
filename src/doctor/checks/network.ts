import { lookup } from 'node:dns/promises';
import { connect } from 'node:net';
import { proxyUrl } from '../../net/proxy.ts';
import { systemCode } from '../../system/errors.ts';
import { type Check, fail, ok, skip } from '../check.ts';

/** The way to the platform: name, port, proxy. */
export const network: Check = {
  id: 'network',
  title: 'Network',
  needsNetwork: true,
  after: ['config'],
  run: async (patient, signal) => {
    const { origin } = patient.selection();
    if (origin === undefined) return skip('no platform is configured');
    const url = new URL(origin);
    const proxy = proxyUrl(url, patient.context.env);
    const target = proxy === undefined ? url : new URL(proxy);
    const via = proxy === undefined ? '' : ' (through the proxy that HTTP_PROXY or HTTPS_PROXY names)';
    const host = target.hostname.replace(/^\[|\]$/g, '');
    try {
      await lookup(host);
    } catch (error) {
      return fail(
        `The name ${host} could not be found${via} (${systemCode(error) ?? 'no answer'}).`,
        'Check the address: codemie profile status',
        'Check DNS and VPN',
      );
    }
    const port = Number(target.port || (target.protocol === 'https:' ? 443 : 80));
    const problem = await tryConnect(host, port, signal);
    if (problem !== undefined) {
      return fail(
        `${host}:${port} could not be reached${via} (${problem}).`,
        'Check the address, VPN and firewall',
        'Behind a proxy: export HTTPS_PROXY=…',
      );
    }
    return ok(`${host}:${port} answers${via}`);
  },
};

function tryConnect(host: string, port: number, signal: AbortSignal): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, signal });
    socket.once('connect', () => {
      socket.destroy();
      resolve(undefined);
    });
    socket.once('error', (error) =>
      resolve(signal.aborted ? 'no answer in time' : (systemCode(error) ?? error.message)),
    );
  });
}
