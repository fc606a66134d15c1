import { lookup } from 'node:dns/promises';
import { shellWord } from '../../config/sign-in-again.ts';
import { connectTo } from '../../net/connect.ts';
import { bareHost, isLoopbackHost } from '../../net/origin.ts';
import { exceptionFor, type HttpProxy, proxyFor } from '../../net/proxy.ts';
import { CodemieError, systemCode } from '../../system/errors.ts';
import { asCodemieError } from '../../terminal/render-error.ts';
import { type Check, type DoctorContext, type Finding, fail, failure, ok, skip } from '../check.ts';
import { elsewhere } from '../elsewhere.ts';
import { proxyAdvice } from '../system-proxy.ts';

/** Shorter than a check's own limit, so that the message names what did not answer. */
const LIMIT_MS = 3000;
/** For the try another way, which comes after. */
const SECOND_MS = 1000;

/** The connection to the platform: host name, port, and the tunnel through a proxy. */
export const network: Check = {
  id: 'network',
  title: 'Network',
  needsNetwork: true,
  after: ['config'],
  run: async (patient, signal) => {
    const { origin } = patient.selection();
    if (origin === undefined) return skip('no CodeMie URL is configured');
    const { env, limits } = patient.context;
    const url = new URL(origin);
    let proxy: HttpProxy | undefined;
    try {
      proxy = proxyFor(url, env);
    } catch (error) {
      const names = PROXY_NAMES.filter((name) => (env[name] ?? '') !== '');
      return unlessDirect(patient, url, signal, names, failure(asCodemieError(error)));
    }
    const target = proxy?.url ?? url;
    const host = bareHost(target);
    try {
      await lookup(host);
    } catch (error) {
      const finding = unknownHost(host, systemCode(error) ?? 'no answer', proxy);
      return proxy === undefined
        ? withOtherWays(patient, url, signal, finding)
        : unlessDirect(patient, url, signal, [proxy.variable], finding);
    }
    const port = portOf(url);
    try {
      await reach(patient, url, proxy, signal);
    } catch (error) {
      if (signal.aborted) throw error;
      if (proxy !== undefined && error instanceof CodemieError)
        return unlessDirect(patient, url, signal, [proxy.variable], throughProxy(error, proxy));
      const problem =
        error instanceof CodemieError
          ? `no answer within ${Math.min(LIMIT_MS, limits.connectMs) / 1000} s`
          : (systemCode(error) ?? 'no answer');
      return withOtherWays(
        patient,
        url,
        signal,
        fail(`Couldn't reach ${host}:${port} (${problem}).`, {
          hint: 'Check the URL, your VPN and your firewall. If they are right, ask your CodeMie administrator whether the server is running.',
        }),
      );
    }
    return proxy === undefined
      ? ok(`${host}:${port} answers`)
      : ok(`${url.hostname}:${port} answers through proxy ${proxy.label}`);
  },
};

const PROXY_NAMES = ['https_proxy', 'HTTPS_PROXY', 'http_proxy', 'HTTP_PROXY'];

const portOf = (url: URL): string => url.port || (url.protocol === 'https:' ? '443' : '80');

/** Opens a connection and closes it. */
async function reach(
  { context: { ca, limits } }: DoctorContext,
  url: URL,
  proxy: HttpProxy | undefined,
  signal: AbortSignal,
  timeoutMs = Math.min(LIMIT_MS, limits.connectMs),
): Promise<void> {
  const plain = new URL(`http://${url.hostname}:${portOf(url)}`);
  (await connectTo(plain, { proxy, ca, timeoutMs, signal })).destroy();
}

/** A server that cannot be reached directly may be reached through a proxy. What is certain comes first. */
async function withOtherWays(
  patient: DoctorContext,
  url: URL,
  signal: AbortSignal,
  finding: Finding,
): Promise<Finding> {
  const advice = finding.advice ?? [];
  const certain = elsewhere(patient);
  if (certain.length > 0) return { ...finding, advice: [...certain, ...advice] };
  const { env } = patient.context;
  const exception = exceptionFor(url, env);
  if (exception !== undefined) {
    const { proxy, variable, rest } = exception;
    const passed = `${variable} keeps ${url.hostname} from the proxy in ${proxy.variable}`;
    if (await answers(reach(patient, url, proxy, signal, SECOND_MS)))
      return {
        ...finding,
        advice: [
          {
            fix: rest === '' ? `unset ${variable}` : `export ${variable}=${shellWord(rest)}`,
            hint: `${passed}, and it answers through that proxy.`,
          },
          ...advice,
        ],
      };
    return { ...finding, advice: [...advice, { hint: `${passed}.` }] };
  }
  const system = isLoopbackHost(bareHost(url)) ? undefined : await patient.systemProxy();
  return system === undefined
    ? { ...finding, advice: [...advice, { hint: 'If you need a proxy, set HTTPS_PROXY.' }] }
    : { ...finding, advice: [proxyAdvice(system), ...advice] };
}

const answers = (attempt: Promise<unknown>): Promise<boolean> =>
  attempt.then(
    () => true,
    () => false,
  );

function unknownHost(host: string, code: string, proxy: HttpProxy | undefined): Finding {
  const via = proxy === undefined ? '' : ` (the proxy in ${proxy.variable})`;
  const whom = proxy === undefined ? 'CodeMie' : 'network';
  const what = proxy === undefined ? 'the URL' : proxy.variable;
  return fail(
    `Couldn't find ${host}${via} (${code}).`,
    { hint: `Check the spelling of ${what}, or ask your ${whom} administrator for it.` },
    { hint: 'Connect to your VPN, or check DNS.' },
  );
}

function throughProxy(error: CodemieError, { variable }: HttpProxy): Finding {
  const { advice = [], ...found } = failure(error.with({ hint: error.hint, fix: undefined }));
  const other = {
    hint: `Check ${variable}, and ask your network administrator which proxy to use. For a server that needs none, add its host to NO_PROXY.`,
  };
  return { ...found, advice: error.hint === undefined ? [other] : [...advice, other] };
}

/** A proxy that is not needed is best left out: says so only after the server was reached without it. */
async function unlessDirect(
  patient: DoctorContext,
  url: URL,
  signal: AbortSignal,
  variables: readonly string[],
  finding: Finding,
): Promise<Finding> {
  if (!(await answers(reach(patient, url, undefined, signal, SECOND_MS)))) return finding;
  const direct = {
    fix: `unset ${variables.join(' ')}`,
    hint: `${url.hostname} answers without the proxy.`,
  };
  return { ...finding, advice: [direct, ...(finding.advice ?? [])] };
}
