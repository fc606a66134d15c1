import { describe, expect, it } from 'vitest';
import { DOCTOR_COMMANDS } from '../../../src/commands/doctor/table.ts';
import { PROFILE_COMMANDS } from '../../../src/commands/profile/table.ts';
import { parseProgram } from '../../../src/commands/program.ts';
import { saveProfile } from '../../../src/config/write.ts';
import { openStore } from '../../../src/credentials/keep/open-store.ts';
import { Secret } from '../../../src/system/secret.ts';
import { madeToken } from '../../support/bad-tokens.ts';
import { type TestContext, testContext } from '../../support/context.ts';

const ORIGIN = 'https://platform.example';
const ID = `${ORIGIN}#ada`;

async function run(context: TestContext, ...args: string[]): Promise<string> {
  const chosen = await parseProgram([...PROFILE_COMMANDS, ...DOCTOR_COMMANDS], args, context.terminal);
  if (chosen === undefined) throw new Error('no command');
  await (await chosen.spec.load()).run(chosen.input, context);
  return context.out.stdout + context.out.stderr;
}

async function signedIn(store: 'plaintext-file' | 'encrypted-file'): Promise<TestContext> {
  const context = testContext({ env: { CODEMIE_PASSPHRASE: 'passphrase of this test' } });
  const token = new Secret(madeToken({ sub: 'ada', exp: 4_000_000_000, iat: 1_700_000_000 }));
  await (await openStore(store, context)).set(ID, {
    kind: 'jwt',
    origin: ORIGIN,
    identity: { id: 'ada' },
    obtainedAt: 1,
    expiresAt: 4_000_000_000_000,
    token,
  });
  await saveProfile(
    context,
    'default',
    { codeMieUrl: ORIGIN, credential: { store, id: ID } },
    { activate: true },
  );
  return context;
}

const COMMANDS = [
  'profile status --offline',
  'profile status --offline --json',
  'doctor --only secret-store --offline',
  'doctor --only secret-store --offline --json',
];

describe('S21: a credential in a plain-text file', () => {
  it.each(COMMANDS)('causes a warning from %s', async (command) => {
    const words = command.split(' ');
    expect(await run(await signedIn('plaintext-file'), ...words)).toContain('unencrypted');
    expect(await run(await signedIn('encrypted-file'), ...words)).not.toContain('unencrypted');
  });

  it('causes a warning when it moves there, and none after it left', async () => {
    const context = await signedIn('encrypted-file');
    expect(await run(context, 'profile', 'move', '--to', 'plaintext-file')).toContain('unencrypted');
    await run(context, 'profile', 'move', '--to', 'encrypted-file');
    context.out.stdout = '';
    expect(await run(context, 'profile', 'status', '--offline')).toMatch(/Stored in: +an encrypted file/);
    expect(context.out.stdout).not.toContain('unencrypted');
  });
});
