import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { rolldown } from 'rolldown';
import { describe, expect, it } from 'vitest';
import { listenForPaste, readPaste } from '../../../src/net/callback/pasted.ts';
import { temporaryFolder } from '../../support/context.ts';
import { fakeProvider } from '../../support/fake-provider.ts';
import { addressIn, byBrowser, callbackOf, failureOf, machine } from '../support.ts';

const STATE = 'the-state-of-this-attempt';
const redirect = `http://127.0.0.1:1234/callback?code=abc&state=${STATE}`;

describe('a pasted line', () => {
  it.each([
    ['the whole address', redirect],
    ['with white space and quotes around it', `  "${redirect}" \t`],
    ['with angle brackets', `<${redirect}>`],
    ['with a terminal’s paste markers', `\u001b[200~${redirect}\u001b[201~`],
    ['with a fragment', `${redirect}#_=_`],
    ['forwarded by another host', redirect.replace('http://127.0.0.1:1234', 'https://x-1234.app.example')],
    ['the query alone', `code=abc&state=${STATE}`],
  ])('is accepted: %s', (_what, line) => {
    const answer = readPaste(line, STATE);
    expect(answer).toMatchObject({ kind: 'code' });
    expect((answer as { params: URLSearchParams }).params.get('code')).toBe('abc');
  });

  it('is accepted as the bare code, even percent-encoded', () => {
    expect(readPaste('SplxlOBeZQQYbYS6WxSbIA', STATE)).toEqual({
      kind: 'bare-code',
      code: 'SplxlOBeZQQYbYS6WxSbIA',
    });
    expect(readPaste('4%2F0AbCdEfGh', STATE)).toEqual({ kind: 'bare-code', code: '4/0AbCdEfGh' });
  });

  it.each([
    ['of another attempt', redirect.replace(STATE, 'another')],
    ['without a state', 'http://127.0.0.1:1/callback?code=abc'],
    ['with a denial of another attempt', 'http://127.0.0.1:1/callback?error=access_denied&state=x'],
    ['with two codes', `${redirect}&code=b`],
    ['with two states', `${redirect}&state=${STATE}`],
    ['without a code', `http://127.0.0.1:1/callback?state=${STATE}`],
    ['that is the sign-in page', `https://sso.example.com/auth?client_id=a&state=${STATE}`],
    ['of a few letters', 'yes'],
    ['with words', 'what should I paste here?'],
    ['with control characters', 'abcdefgh\u001b[31mijkl'],
  ])('is refused with a reason: %s', (_what, line) => {
    expect(readPaste(line, STATE)).toEqual(expect.stringMatching(/^That .+\.$/));
  });

  it('is ignored if it is empty', () => {
    for (const line of ['', '   ', '\t', '""']) expect(readPaste(line, STATE)).toBeUndefined();
  });

  it('is never accepted as a redirect of this attempt without its state', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 80, unit: 'binary' }), fc.boolean(), (text, asAddress) => {
        fc.pre(!text.includes(STATE));
        const answer = readPaste(asAddress ? `http://127.0.0.1:1/callback?${text}` : text, STATE);
        expect(typeof answer === 'object' && answer.kind !== 'bare-code').toBe(false);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('the listener on stdin', () => {
  const listen = (input = new PassThrough()) => {
    const refusals: string[] = [];
    return {
      input,
      refusals,
      paste: listenForPaste(
        input,
        (line) => readPaste(line, STATE),
        (why) => refusals.push(why),
      ),
    };
  };

  it('reads lines in any chunks, and a last line without a newline', async () => {
    const { input, paste } = listen();
    for (const letter of `code-number-one\r\ncode-number-two\n`) input.write(letter);
    input.end('code-number-three');
    const codes = [await paste.next(), await paste.next(), await paste.next()];
    expect(codes.map((answer) => 'code' in answer && answer.code)).toEqual([
      'code-number-one',
      'code-number-two',
      'code-number-three',
    ]);
  });

  it('stops listening after ten invalid lines, and says so', async () => {
    const { input, refusals } = listen();
    input.write('y\n'.repeat(5000));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(refusals).toHaveLength(10);
    expect(refusals.at(-1)).toContain('no longer reading stdin');
    expect(input.isPaused()).toBe(true);
  });

  it('does not use more memory for a line that never ends', async () => {
    const { input, paste } = listen();
    for (let i = 0; i < 40; i += 1) input.write('x'.repeat(65_536));
    input.write('\ncode-after-it\n');
    expect(await paste.next()).toEqual({ kind: 'bare-code', code: 'code-after-it' });
  });

  it('listens on a stream that an earlier prompt left paused', async () => {
    const input = new PassThrough();
    input.pause();
    const { paste } = listen(input);
    input.write('code-after-pause\n');
    expect(await paste.next()).toMatchObject({ code: 'code-after-pause' });
  });

  it('leaves the stream readable, and later lines go to the next reader', async () => {
    const { input, paste } = listen();
    paste.close();
    input.write('for the next question\n');
    expect(String(input.read())).toBe('for the next question\n');
  });
});

describe('pasting during a sign-in', () => {
  it.each(['whole address', 'code'])('the %s on stdin completes the sign-in', async (what) => {
    const provider = await fakeProvider();
    const context = machine();
    const login = byBrowser(context, provider, { openBrowser: false });
    const page = await fetch(await addressIn(context), { redirect: 'manual' });
    const back = page.headers.get('location') ?? '';
    context.type(`${what === 'code' ? new URL(back).searchParams.get('code') : back}\n`);
    await expect(login).resolves.toMatchObject({ kind: 'oidc', identity: { id: 'u-1' } });
    expect(context.opened).toEqual([]);
  });

  it('an invalid line gets a one-line reason, and the wait continues', async () => {
    const provider = await fakeProvider();
    const context = machine();
    const login = byBrowser(context, provider, { openBrowser: false });
    const address = await addressIn(context);
    const before = context.out.stderr.split('\n').length;
    context.type('hm\n');
    context.type(`${callbackOf(address, { code: 'forged-code', state: 'forged' })}\n`);
    context.type(`${callbackOf(address, { error: 'access_denied', state: 'forged' })}\n`);
    context.type('not-a-code-of-this-provider\n');
    await expect.poll(() => context.out.stderr).toContain("doesn't recognize that code");
    expect(context.out.stderr.split('\n').length - before).toBe(4);
    await fetch(address);
    await expect(login).resolves.toMatchObject({ kind: 'oidc' });
    expect(context.out.stderr).not.toContain('forged-code');
  });

  it('a pasted denial of this attempt ends the sign-in', async () => {
    const context = machine();
    const login = byBrowser(context, await fakeProvider(), { openBrowser: false });
    const address = await addressIn(context);
    const state = address.searchParams.get('state') ?? '';
    context.type(
      `${callbackOf(address, { error: 'access_denied', error_description: 'No\u001b[2J', state })}\n`,
    );
    const error = await failureOf(login);
    expect(error.code).toBe('SIGN_IN_DENIED');
    expect(error.message).not.toContain('\u001b');
  });

  it('S11: iss is checked in a pasted address too', async () => {
    const provider = await fakeProvider();
    const context = machine();
    const login = byBrowser(context, provider, { openBrowser: false });
    const address = await addressIn(context);
    const state = address.searchParams.get('state') ?? '';
    context.type(`${callbackOf(address, { code: 'code-of-somewhere', state })}\n`);
    expect((await failureOf(login)).message).toContain('iss');
    expect(provider.count('/realm/token')).toBe(0);
  });

  it('the end of stdin does not end the wait', async () => {
    const provider = await fakeProvider();
    const context = machine({ onOpen: () => true });
    context.endInput();
    const login = byBrowser(context, provider);
    const address = await addressIn(context);
    await new Promise((resolve) => setTimeout(resolve, 50));
    await fetch(address);
    await expect(login).resolves.toMatchObject({ kind: 'oidc' });
  });

  it('an open pipe does not keep the process alive after the listener is closed', async () => {
    const folder = temporaryFolder();
    const bundle = await rolldown({ input: 'src/net/callback/pasted.ts', platform: 'node' });
    await bundle.write({ file: join(folder, 'pasted.cjs'), format: 'cjs' });
    const run = async (close: boolean): Promise<number | null> => {
      const script = `const { listenForPaste } = require('./pasted.cjs');
        const paste = listenForPaste(process.stdin, 'state', () => undefined);
        setTimeout(() => ${close ? 'paste.close()' : 'undefined'}, 50);`;
      const child = spawn(process.execPath, ['-e', script], {
        cwd: folder,
        stdio: ['pipe', 'ignore', 'inherit'],
      });
      const late = setTimeout(() => child.kill(), 1500);
      const [code] = await once(child, 'exit');
      clearTimeout(late);
      return code;
    };
    expect([await run(true), await run(false)]).toEqual([0, null]);
  });
});
