import type { Context } from '../../context.ts';
import { type RunningSandbox, sandboxesOf } from '../../sandbox/running.ts';
import { counted } from '../../system/counted.ts';
import { CodemieError } from '../../system/errors.ts';
import { type Presence, presenceOf } from '../../system/process/running.ts';
import type { CommandRun } from '../spec.ts';

/** `codemie sandbox stop`: stops every sandbox of this home and waits until they are gone. */
export const run: CommandRun = async ({ options }, context) => {
  const set = sandboxesOf(context.home);
  const running: RunningSandbox[] = [];
  const silent: RunningSandbox[] = [];
  for (const sandbox of set.list()) {
    const found = await presence(context, sandbox);
    if (found === 'answers') running.push(sandbox);
    else if (found === 'gone') set.forget(sandbox.pid);
    else silent.push(sandbox);
  }
  for (const sandbox of running) process.kill(sandbox.pid, 'SIGTERM');
  const left = (): ReadonlySet<number> => {
    const pids = new Set(set.list().map(({ pid }) => pid));
    return new Set(running.map(({ pid }) => pid).filter((pid) => pids.has(pid)));
  };
  for (let i = 0; i < 100 && left().size > 0; i += 1) await context.clock.sleep(50, context.signal);
  // A process that does not respond may no longer be a sandbox, so it is neither stopped nor forgotten.
  if (silent[0] !== undefined) throw silentSandbox(silent[0], context);
  const stopped = running.filter((sandbox) => !left().has(sandbox.pid)).map((sandbox) => sandbox.pid);
  if (options.on('json')) context.terminal.print(JSON.stringify({ schemaVersion: 1, stopped }));
  else
    context.terminal.say(
      stopped.length === 0
        ? 'No sandbox was running.'
        : `Stopped ${counted(stopped.length, 'sandbox', 'sandboxes')}.`,
    );
  return left().size === 0 ? 0 : 1;
};

function presence({ http }: Context, { controlUrl }: RunningSandbox): Promise<Presence> {
  return presenceOf(() => http({ url: `${controlUrl}/events?since=1000000`, timeoutMs: 3000 }));
}

function silentSandbox({ url, pid }: RunningSandbox, { platform }: Context): CodemieError {
  return new CodemieError({
    code: 'SANDBOX_SILENT',
    message: `The sandbox at ${url} (process ${pid}) does not answer.`,
    fix: platform === 'win32' ? `taskkill /F /PID ${pid}` : `kill -KILL ${pid}`,
  });
}
