import { lookup } from 'node:dns/promises';
import { connectTo } from '../../net/connect.ts';
import { bareHost } from '../../net/origin.ts';
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
    const host = bareHost(target);
    try {
      await lookup(host);
    } catch (error) {
      return fail(
        `Couldn't find ${host}${via} (${systemCode(error) ?? 'no answer'}).`,
        { hint: proxy === undefined ? 'Check the spelling of the URL.' : `Check ${proxy.variable}.` },
        { hint: 'Connect to your VPN, or check DNS.' },
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
        const { advice = [], ...found } = failure(error);
        const own = advice.filter(({ fix, hint }) => !`${fix} ${hint}`.includes('codemie doctor'));
        const other = { hint: `Check ${proxy.variable}, or bypass the proxy with NO_PROXY.` };
        return { ...found, advice: [...own, other] };
      }
      const problem =
        error instanceof CodemieError ? 'no answer in time' : (systemCode(error) ?? 'no answer');
      return fail(
        `Couldn't reach ${host}:${port} (${problem}).`,
        { hint: 'Check the URL, your VPN and your firewall.' },
        { hint: 'If you need a proxy, set HTTPS_PROXY.' },
      );
    }
    return proxy === undefined
      ? ok(`${host}:${port} answers`)
      : ok(`${url.hostname}:${port} answers through proxy ${proxy.label}`);
  },
};
