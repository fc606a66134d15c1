import { type ChildProcess, spawn } from 'node:child_process';
import type { ChildEnvironment } from './child-environment.ts';

/** The part of keytar's interface that we use. */
export interface KeychainModule {
  getPassword(service: string, account: string): Promise<string | null>;
  setPassword(service: string, account: string, password: string): Promise<void>;
  /** @returns whether there was an entry. */
  deletePassword(service: string, account: string): Promise<boolean>;
}

interface Answer {
  readonly id: number;
  readonly value?: string | boolean | null;
  readonly error?: string;
}

/** Argument: the keychain module. It is killed when we end, because a call that hangs would keep it. */
const CHILD = `process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
process.on('message', async ({ id, name, args }) => {
  try {
    process.send({ id, value: await require(process.argv[1])[name](...args) });
  } catch (error) {
    process.send({ id, error: String(error && error.message) });
  }
});`;

/**
 * The keychain module in a process of its own. Node waits for native calls at exit, forever if one hangs; a child can
 * be ended. Costs a start of Node.
 *
 * @param path of the module.
 */
export function keychainInChild(path: string, env: ChildEnvironment): KeychainModule {
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  let child: ChildProcess | undefined;
  let last = 0;

  const failAll = (why: string): void => {
    child = undefined;
    for (const { reject } of waiting.values()) reject(new Error(why));
    waiting.clear();
  };
  const start = (): ChildProcess => {
    const started = spawn(process.execPath, ['-e', CHILD, path], {
      env,
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      windowsHide: true,
    });
    started.on('error', (error) => failAll(error.message));
    started.on('exit', (code, signal) => failAll(`its process ended (${code ?? signal})`));
    started.on('message', ({ id, value, error }: Answer) => {
      const call = waiting.get(id);
      waiting.delete(id);
      if (error === undefined) call?.resolve(value);
      else call?.reject(new Error(error));
    });
    // It does not keep our process: whoever waits for an answer has a time limit.
    started.unref();
    started.channel?.unref();
    return started;
  };
  const call = <T>(name: keyof KeychainModule, ...args: readonly string[]): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      child ??= start();
      last += 1;
      waiting.set(last, { resolve: resolve as (value: unknown) => void, reject });
      child.send({ id: last, name, args }, (error) => {
        if (error !== null) failAll(error.message);
      });
    });
  return {
    getPassword: (service, account) => call('getPassword', service, account),
    setPassword: (service, account, password) => call('setPassword', service, account, password),
    deletePassword: (service, account) => call('deletePassword', service, account),
  };
}
