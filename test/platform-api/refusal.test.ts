import { describe, expect, it } from 'vitest';
import { refusalIn, wordsOf } from '../../src/platform-api/refusal.ts';
import { platformJwt, SAID } from '../support/real-platform.ts';

const read = (body: unknown) => {
  const refusal = refusalIn(Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)));
  return { words: wordsOf(refusal), help: refusal.help };
};

describe('the reason a server gives', () => {
  it('is its message with the details, and its help', () => {
    expect(read(SAID.deactivated.body)).toEqual({ words: 'Account is deactivated' });
    expect(read(SAID.notAdmin.body)).toEqual({
      words: 'Access denied (This action requires administrator or maintainer privileges)',
      help: expect.stringMatching(/^If you believe .* settings\.$/),
    });
  });

  it('is read from {"detail"} as well', () => {
    expect(read(SAID.notFound.body).words).toBe('Not Found');
    expect(read(SAID.tooOld.body).words).toContain("Unsupported CodeMie CLI version '1.0.0'");
  });

  it('does not contain the list of a 422 or the stack trace of a crash', () => {
    const body = { error: { message: 'password: Field required', details: [{ input: { email: 'a@b' } }] } };
    expect(read(body).words).toBe('password: Field required');
    expect(read(SAID.crash.body).words).toBe(
      'Internal Server Error (An unexpected error occurred while processing the request)',
    );
  });

  it('is one short line without control characters or tokens', () => {
    const message = `no\u001b[2J\n${platformJwt()} ${'x'.repeat(5000)}`;
    const { words = '' } = read({ error: { message } });
    expect(words.length).toBeLessThan(400);
    expect(words).not.toMatch(/[\u0000-\u001f]|eyJ/);
  });

  it.each([
    ['a page', '<html>no</html>'],
    ['nothing', ''],
    ['a number', '7'],
    ['other fields', { error: 'no' }],
    ['a document', { error: { message: 'x'.repeat(70_000) } }],
  ])('is not read from %s', (_what, body) => {
    expect(read(body).words).toBeUndefined();
  });
});
