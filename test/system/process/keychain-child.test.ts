import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import { describe, expect, it } from 'vitest';
import { keychainInChild } from '../../../src/system/process/keychain-child.ts';
import { childOf, temporaryFolder } from '../../support/context.ts';
import { isAlive } from '../../support/processes.ts';

/** A keychain module in memory. Its entry "hangs" waits in a native call, as one behind an unanswered dialog does. */
function stub(folder: string): string {
  const path = join(folder, 'keychain.cjs');
  writeFileSync(
    path,
    `const { openSync, promises, writeFileSync } = require('node:fs');
const entries = new Map();
module.exports = {
  async getPassword(service, account) {
    if (account === 'hangs') {
      writeFileSync(__dirname + '/pid', String(process.pid));
      await promises.open(__dirname + '/fifo');
    }
    if (account === 'dies') process.exit(3);
    if (account === 'locked') throw new Error('User interaction is not allowed.');
    return entries.get(service + account) ?? null;
  },
  async setPassword(service, account, password) { entries.set(service + account, password); },
  async deletePassword(service, account) { return entries.delete(service + account); },
};`,
  );
  return path;
}

describe('a keychain in a process of its own', () => {
  it('answers as the module does, also with its errors', async () => {
    const keychain = keychainInChild(stub(temporaryFolder()), childOf({}));
    await keychain.setPassword('codemie', 'a', 'geheim 日本 "\n');
    expect(await keychain.getPassword('codemie', 'a')).toBe('geheim 日本 "\n');
    expect(await keychain.getPassword('codemie', 'b')).toBeNull();
    expect(await keychain.deletePassword('codemie', 'a')).toBe(true);
    expect(await keychain.deletePassword('codemie', 'a')).toBe(false);
    await expect(keychain.getPassword('codemie', 'locked')).rejects.toThrow(
      'User interaction is not allowed.',
    );
  });

  it('fails when its process ends, and starts another one for the next call', async () => {
    const keychain = keychainInChild(stub(temporaryFolder()), childOf({}));
    await expect(keychain.getPassword('codemie', 'dies')).rejects.toThrow('its process ended (3)');
    expect(await keychain.getPassword('codemie', 'a')).toBeNull();
  });

  it('says that its module is missing', async () => {
    const keychain = keychainInChild(join(temporaryFolder(), 'none.cjs'), childOf({}));
    await expect(keychain.getPassword('codemie', 'a')).rejects.toThrow('Cannot find module');
  });

  it.skipIf(process.platform === 'win32')(
    'leaves us our exit code while a call hangs, and ends with us',
    async () => {
      const folder = temporaryFolder();
      expect(spawnSync('mkfifo', [join(folder, 'fifo')]).status).toBe(0);
      const bundle = await rolldown({ input: 'src/system/process/keychain-child.ts', platform: 'node' });
      const file = join(folder, 'child.cjs');
      await bundle.write({ file, format: 'cjs' });
      const script = `const { keychainInChild } = require(process.argv[1]);
        const keychain = keychainInChild(process.argv[2], process.env);
        setTimeout(() => undefined, 20_000); // the time limit of the caller
        keychain.getPassword('codemie', 'hangs');
        keychain.setPassword('codemie', 'a', 'b').then(() => process.exit(8));`;
      const program = spawn(process.execPath, ['-e', script, file, stub(folder)], { stdio: 'inherit' });
      expect(await once(program, 'exit')).toEqual([8, null]);
      const pid = Number(readFileSync(join(folder, 'pid'), 'utf8'));
      await expect.poll(() => isAlive(pid), { timeout: 5000 }).toBe(false);
    },
  );
});
