import { type Check, fail, ok, skip, warn } from '../check.ts';

const SET_CLOCK = { fix: 'timedatectl set-ntp true' };

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
    const response = await context.http({
      url: keyProvider === undefined ? `${apiBase}/v1/info` : `${origin}/`,
      signal,
    });
    const server = Date.parse(response.headers['date'] ?? '');
    if (Number.isNaN(server)) return skip('the server sends no date');
    const seconds = Math.round((context.clock.now() - server) / 1000);
    const size = Math.abs(seconds);
    const text = `this computer's clock is ${size} s ${seconds < 0 ? 'behind' : 'ahead of'} the server's`;
    if (size > 300) return fail(`${text}, too far for sign-ins and tokens to work.`, SET_CLOCK);
    if (size > 30) return warn(text, SET_CLOCK);
    return ok(`within ${Math.max(1, size)} s of the server`);
  },
};
