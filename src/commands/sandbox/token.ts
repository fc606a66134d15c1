import { jsonObject } from '../../net/client.ts';
import { sandboxesOf } from '../../sandbox/running.ts';
import { parseDuration } from '../../system/duration.ts';
import { CodemieError, usageError } from '../../system/errors.ts';
import type { CommandRun } from '../spec.ts';

/** `codemie sandbox token`: prints only a signed platform JWT on stdout. */
export const run: CommandRun = async ({ options }, context) => {
  const user = options.text('user');
  if (user === undefined)
    throw usageError('Whose token? The sandbox has ada, bob, eve, grace and dan.', {
      fix: 'codemie sandbox token --user ada',
    });
  const sandbox = sandboxesOf(context.home).list().at(-1);
  if (sandbox === undefined) {
    throw new CodemieError({
      code: 'SANDBOX_NOT_RUNNING',
      message: 'No sandbox is running in this home.',
      fix: 'codemie sandbox start --detach',
    });
  }
  const ttl = Math.round(parseDuration(options.text('ttl') ?? '1h', '--ttl') / 1000);
  const response = await context.http({
    url: `${sandbox.controlUrl}/tokens`,
    method: 'POST',
    body: JSON.stringify({ user, ttl, audience: options.text('audience') }),
  });
  const answer = jsonObject(response, 'The sandbox');
  if (typeof answer['token'] !== 'string')
    throw usageError(`The sandbox has no user "${user}" (there are: ada, bob, eve, grace, dan).`);
  context.terminal.print(answer['token']);
  return 0;
};
