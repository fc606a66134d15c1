import { type Check, fail, ok, skip, warn } from '../check.ts';

/** Sets the clock from the network. */
const SET_CLOCK: Readonly<Partial<Record<NodeJS.Platform, string>>> = {
  darwin: 'sudo sntp -sS time.apple.com',
  win32: 'w32tm /resync',
};

/** Compares this machine's clock with the platform's `Date` header. */
export const clock: Check = {
  id: 'clock',
  title: 'Clock',
  needsNetwork: true,
  after: ['network', 'tls'],
  run: async (patient, signal) => {
    const { origin, keyProvider, apiBase } = patient.selection();
    if (origin === undefined) return skip('no CodeMie URL is configured');
    const { context } = patient;
    const url = keyProvider === undefined ? `${apiBase}/v1/info` : `${origin}/`;
    const response = await context.http({ url, signal }).catch(() => undefined);
    signal.throwIfAborted();
    // Why it does not answer is for the check of the platform to say.
    if (response === undefined) return skip('the server does not answer');
    const server = Date.parse(response.headers['date'] ?? '');
    if (Number.isNaN(server)) return skip('the server sends no date');
    const seconds = Math.round((context.clock.now() - server) / 1000);
    const size = Math.abs(seconds);
    const setClock = { fix: SET_CLOCK[context.platform] ?? 'timedatectl set-ntp true' };
    const text = `this computer's clock is ${size} s ${seconds < 0 ? 'behind' : 'ahead of'} the server's`;
    if (size > 300) return fail(`${text}, too far for sign-ins and tokens to work.`, setClock);
    if (size > 30) return warn(text, setClock);
    return ok(`within ${Math.max(1, size)} s of the server`);
  },
};
