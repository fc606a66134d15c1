import { get } from 'node:http';
import { openOAuthListener } from '../../net/callback/oauth-listener.ts';
import { SIGN_IN } from '../../system/errors.ts';
import { type Check, fail, ok } from '../check.ts';

/** The sign-in callback: starts our own listener and calls it. */
export const loopback: Check = {
  id: 'loopback',
  title: 'Sign-in callback',
  run: async (_patient, signal) => {
    const listener = await openOAuthListener({ port: 0, state: 'doctor' });
    try {
      const status = await new Promise<number>((resolve, reject) => {
        get(`${listener.redirectUri}?state=other`, { signal, agent: false }, (answer) => {
          answer.resume();
          resolve(answer.statusCode ?? 0);
        }).once('error', reject);
      });
      // A callback with a wrong state must be rejected, and the rejection shows that the listener was reached.
      return status === 400
        ? ok('127.0.0.1 is reachable')
        : fail(`Something else answered on 127.0.0.1 (${status}).`, { fix: `${SIGN_IN} --device` });
    } catch {
      return fail(
        "Couldn't reach a listener on 127.0.0.1.",
        { fix: `${SIGN_IN} --device` },
        { hint: 'Check your local firewall.' },
      );
    } finally {
      await listener.close('failed');
    }
  },
};
