import { lookup } from 'node:dns/promises';
import { connectTo } from '../../net/connect.ts';
import { proxyFor } from '../../net/proxy.ts';
import { CodemieError, systemCode } from '../../system/errors.ts';
import { type Check, fail, failure, ok, skip } from '../check.ts';

/** Shorter than a check's own limit, so that the message names what did not answer. */
const LIMIT_MS = 4000;

/** The connection to the platform: host name, port, and the tunnel through a proxy. */
export const network: Check = {
  id: 'network',
  title: 'Network',
  needsNetwork: true,
  after: ['config'],
  run: async (patient, signal) => {
    const { origin } = patient.selection();
    if (origin === undefined) return skip('no CodeMie URL is configured');
    const { env, ca, limits } = patient.context;
    const url = new URL(origin);
    const proxy = proxyFor(url, env);
    const target = proxy?.url ?? url;
    const via = proxy === undefined ? '' : ` (the proxy in ${proxy.variable})`;
    const host = target.hostname.replace(/^\[|\]$/g, '');
    try {
      await lookup(host);
    } catch (error) {
      return fail(
        `Couldn't find ${host}${via} (${systemCode(error) ?? 'no answer'}).`,
        proxy === undefined
          ? 'Check the spelling of the URL (codemie profile status)'
          : `Check ${proxy.variable}`,
        'Connect to your VPN, or check DNS',
      );
    }
    const port = url.port || (url.protocol === 'https:' ? '443' : '80');
    try {
      const timeoutMs = Math.min(LIMIT_MS, limits.connectMs);
      const socket = await connectTo(new URL(`http://${url.hostname}:${port}`), {
        proxy,
        ca,
        timeoutMs,
        signal,
      });
      socket.destroy();
    } catch (error) {
      if (signal.aborted) throw error;
      if (proxy !== undefined && error instanceof CodemieError) {
        const { fix = [], ...found } = failure(error);
        const own = fix.filter((step) => !step.includes('codemie doctor'));
        return {
          ...found,
          fix: [...own, `Check ${proxy.variable}, or bypass the proxy with NO_PROXY`],
        };
      }
      const problem =
        error instanceof CodemieError ? 'no answer in time' : (systemCode(error) ?? 'no answer');
      return fail(
        `Couldn't reach ${host}:${port} (${problem}).`,
        'Check the URL, your VPN and your firewall',
        'If you need a proxy: export HTTPS_PROXY=…',
      );
    }
    return proxy === undefined
      ? ok(`${host}:${port} answers`)
      : ok(`${url.hostname}:${port} answers through proxy ${proxy.label}`);
  },
};
