import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { messageOf } from '../errors.ts';
import type { ChildEnvironment } from './child-environment.ts';
import { countNativeCall, endsWithPendingCalls } from './end.ts';
import type { KeychainModule } from './keychain-child.ts';

/**
 * Loads keytar, in a process of its own where a call that hangs would otherwise decide our exit code.
 *
 * @throws an error that says why it cannot be loaded; keytar itself names no reason.
 */
export async function loadKeychainModule(childEnv: () => ChildEnvironment): Promise<KeychainModule> {
  const path = createRequire(import.meta.url).resolve('keytar');
  if (!endsWithPendingCalls()) {
    const { keychainInChild } = await import('./keychain-child.ts');
    return keychainInChild(path, childEnv());
  }
  let loaded: { readonly default?: KeychainModule };
  try {
    loaded = (await import('keytar')) as { readonly default?: KeychainModule };
  } catch (error) {
    throw new Error(reasonFor(error, path), { cause: error });
  }
  if (typeof loaded.default?.getPassword !== 'function') throw new Error('the keychain module is incomplete');
  return counted(loaded.default);
}

function counted(keychain: KeychainModule): KeychainModule {
  return {
    getPassword: (...entry) => countNativeCall(keychain.getPassword(...entry)),
    setPassword: (...entry) => countNativeCall(keychain.setPassword(...entry)),
    deletePassword: (...entry) => countNativeCall(keychain.deletePassword(...entry)),
  };
}

/** Loads the library itself once more, for the system's own words. */
function reasonFor(error: unknown, path: string): string {
  if (process.platform === 'linux' && isMusl()) return `musl: ${messageOf(error)}`;
  const library = join(path, '..', '..', 'prebuilds', `${process.platform}-${process.arch}`, 'keytar.node');
  if (!existsSync(library)) return messageOf(error);
  try {
    process.dlopen({ exports: {} }, library);
  } catch (reason) {
    return messageOf(reason);
  }
  return messageOf(error);
}

/** Alpine Linux, for example, has another C library than the one that keytar was built for. */
function isMusl(): boolean {
  const { header } = process.report.getReport() as unknown as {
    readonly header: { readonly glibcVersionRuntime?: string };
  };
  return header.glibcVersionRuntime === undefined;
}
