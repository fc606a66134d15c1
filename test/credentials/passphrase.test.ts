import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { JwtCredential } from '../../src/credentials/credential.ts';
import { openStore } from '../../src/credentials/keep/open-store.ts';
import { Secret } from '../../src/system/secret.ts';
import type { Prompts } from '../../src/terminal/prompts.ts';
import { type TestContext, testContext } from '../support/context.ts';

const GOOD = 'correct horse';
const credential: JwtCredential = {
  kind: 'jwt',
  origin: 'https://h.example',
  identity: {},
  obtainedAt: 0,
  token: new Secret('a.token.value'),
};
const [ADA, BOB] = ['https://h.example#ada', 'https://h.example#bob'];

interface Typist extends TestContext {
  /** Every question, in order. */
  readonly asked: string[];
}

/** A new run of the program on a machine (or on the same one), where somebody types these answers. */
function typing(answers: readonly string[], machine?: TestContext): Typist {
  const asked: string[] = [];
  const left = [...answers];
  const password: Prompts['password'] = async ({ message }) => {
    asked.push(message);
    const next = left.shift();
    if (next === undefined) throw new Error(`nothing left to type for: ${message}`);
    return next;
  };
  const base = machine ?? testContext({ env: { CODEMIE_PASSPHRASE: '' } });
  const prompts = async () => ({ password }) as unknown as Prompts;
  return { ...base, asked, terminal: { ...base.terminal, prompts } };
}

const CHOOSE = 'Choose a passphrase for your encrypted sign-in (at least 8 characters):';
const AGAIN = 'Type the passphrase again:';
const KNOWN = 'Passphrase for your encrypted sign-in:';

describe('the first passphrase of the encrypted file', () => {
  it('is chosen: the prompt says so and names the minimum, and it is typed twice', async () => {
    const context = typing([GOOD, GOOD]);
    const store = await openStore('encrypted-file', context);
    await store.verify();
    await store.set(ADA, credential);
    expect(context.asked).toEqual([CHOOSE, AGAIN]);
    expect(context.out.stderr).toContain("it can't be recovered");
    expect((await store.get(ADA))?.kind).toBe('jwt');
  });

  it('a typo is noticed before anything is encrypted with it', async () => {
    const context = typing([GOOD, 'correct hrose', GOOD, GOOD]);
    await (await openStore('encrypted-file', context)).verify();
    expect(context.asked).toEqual([CHOOSE, AGAIN, CHOOSE, AGAIN]);
    expect(context.out.stderr).toContain('The two passphrases differ.');
  });

  it.each(['a', '1234567', 'passwor'])('"%s" is too short', async (short) => {
    const context = typing([short, GOOD, GOOD]);
    await (await openStore('encrypted-file', context)).verify();
    expect(context.asked).toEqual([CHOOSE, CHOOSE, AGAIN]);
    expect(context.out.stderr).toContain('A passphrase needs at least 8 characters.');
  });

  it('after three tries nothing was chosen and nothing is stored', async () => {
    const context = typing(['a', 'b', 'c']);
    const store = await openStore('encrypted-file', context);
    await expect(store.verify()).rejects.toMatchObject({ code: 'PASSPHRASE_REFUSED', exit: 'usage' });
    expect(existsSync(join(context.home, 'credentials'))).toBe(false);
  });

  it('is asked for in the same way by a command that only writes', async () => {
    const context = typing([GOOD, GOOD]);
    await (await openStore('encrypted-file', context)).set(ADA, credential);
    expect(context.asked).toEqual([CHOOSE, AGAIN]);
  });

  it('one in CODEMIE_PASSPHRASE that is too short is warned about once, because nobody can be asked', async () => {
    const context = testContext({ env: { CODEMIE_PASSPHRASE: 'short' } });
    const store = await openStore('encrypted-file', context);
    await store.verify();
    await store.set(ADA, credential);
    expect(context.out.stderr.match(/fewer than 8 characters/g)).toHaveLength(1);
    await (await openStore('encrypted-file', { ...context })).get(ADA);
    expect(context.out.stderr.match(/fewer than 8 characters/g)).toHaveLength(1);
  });
});

describe('a passphrase that was chosen before', () => {
  async function stored(): Promise<TestContext> {
    const context = typing([GOOD, GOOD]);
    await (await openStore('encrypted-file', context)).set(ADA, credential);
    return context;
  }

  it('is typed once, to read and to renew', async () => {
    const context = typing([GOOD], await stored());
    const store = await openStore('encrypted-file', context);
    const found = await store.get(ADA);
    if (found === undefined) throw new Error('not stored');
    await store.set(ADA, found);
    expect(context.asked).toEqual([KNOWN]);
  });

  it('is typed once for the sign-in of a second profile', async () => {
    const context = typing([GOOD], await stored());
    const store = await openStore('encrypted-file', context);
    await store.verify();
    await store.set(BOB, credential);
    expect(context.asked).toEqual([KNOWN]);
    const later = typing([GOOD], context);
    const read = await openStore('encrypted-file', later);
    expect([(await read.get(ADA))?.kind, (await read.get(BOB))?.kind]).toEqual(['jwt', 'jwt']);
  });

  it('a mistyped one does not encrypt a second sign-in unnoticed', async () => {
    const context = typing(['correct hrose', GOOD, GOOD], await stored());
    const store = await openStore('encrypted-file', context);
    await store.verify();
    expect(context.asked).toEqual([KNOWN, CHOOSE, AGAIN]);
    expect(context.out.stderr).toContain('That passphrase opens none of your encrypted sign-ins');
    await store.set(BOB, credential);
    const later = typing([GOOD], context);
    expect((await (await openStore('encrypted-file', later)).get(BOB))?.kind).toBe('jwt');
  });

  it('after you forgot it, you sign in again with another one', async () => {
    const context = typing(['what was it', 'a new passphrase', 'a new passphrase'], await stored());
    const store = await openStore('encrypted-file', context);
    await store.verify();
    await store.set(ADA, credential);
    const later = typing(['a new passphrase'], context);
    expect((await (await openStore('encrypted-file', later)).get(ADA))?.kind).toBe('jwt');
    expect(readdirSync(join(context.home, 'credentials'))).toHaveLength(1);
  });
});
