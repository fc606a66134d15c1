import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalOrigin } from '../../src/net/origin.ts';

describe('canonical origin', () => {
  it.each([
    ['https://host', 'https://host'],
    ['host.example', 'https://host.example'],
    ['  https://HOST:443/code-assistant-api  ', 'https://host'],
    ['https://host/#/chats/12', 'https://host'],
    ['https://user:pw@host:8443/x?y=1', 'https://host:8443'],
    ['https://host./', 'https://host'],
    // Shown in punycode, so that a lookalike letter is visible.
    ['https://bücher.example', 'https://xn--bcher-kva.example'],
    ['https://соdemie.example', 'https://xn--demie-iyeu.example'],
    ['http://127.0.0.1:8080/', 'http://127.0.0.1:8080'],
    ['http://localhost:3000', 'http://localhost:3000'],
    ['http://[::1]:3000', 'http://[::1]:3000'],
  ])('%s is %s', (input, origin) => {
    expect(canonicalOrigin(input)).toBe(origin);
  });

  it.each(['http://codemie.example.com', 'http://127.0.0.1.example.com', 'http://localhost.example.com'])(
    'S39: %s is refused because the credential would be sent unencrypted',
    (input) => {
      expect(() => canonicalOrigin(input)).toThrow(
        expect.objectContaining({ code: 'URL_INSECURE', exit: 'usage' }),
      );
    },
  );

  it.each(['', 'ftp://host', 'javascript://x', 'https://', 'https://a b', 'file:///etc/passwd'])(
    '%j is not a platform URL',
    (input) => {
      expect(() => canonicalOrigin(input)).toThrow(expect.objectContaining({ code: 'URL_INVALID' }));
    },
  );

  it.each([
    ['"https://c.example.com"', 'https://c.example.com'],
    ["'c.example.com'", 'https://c.example.com'],
    ['“https://c.example.com”', 'https://c.example.com'],
    ['<https://c.example.com>', 'https://c.example.com'],
    ['https:/c.example.com', 'https://c.example.com'],
    ['https:c.example.com', 'https://c.example.com'],
    ['https//c.example.com', 'https://c.example.com'],
    ['http:/127.0.0.1:8080', 'http://127.0.0.1:8080'],
    ['https:\\\\c.example.com\\x', 'https://c.example.com'],
    ['https://https://c.example.com', 'https://c.example.com'],
    ['htps://c.example.com', 'https://codemie.example.com'],
    ['"', 'https://codemie.example.com'],
  ])('%s is refused before anything looks up a wrong host, and the right form is shown', (input, form) => {
    expect(() => canonicalOrigin(input)).toThrow(
      expect.objectContaining({ code: 'URL_INVALID', exit: 'usage', hint: `Enter a URL, such as ${form}.` }),
    );
  });

  it('of any text is a bare origin or one of two errors', () => {
    const part = fc.constantFrom(
      'https://',
      'http://',
      'HOST.example',
      '127.0.0.1',
      'user:pw@',
      ':443',
      ':8080',
      '/path',
      '?q=1',
      '#f',
      '[::1]',
      '\\\\',
      ' ',
      '\n',
      '%00',
      '@',
      '..',
    );
    const text = fc.oneof(
      fc.string(),
      fc.webUrl({ withQueryParameters: true, withFragments: true }),
      fc.array(part, { maxLength: 7 }).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(text, (input) => {
        let origin: string;
        try {
          origin = canonicalOrigin(input);
        } catch (error) {
          expect(['URL_INVALID', 'URL_INSECURE']).toContain((error as { code?: string }).code);
          return;
        }
        const { protocol, hostname, host } = new URL(origin);
        expect(origin).toBe(`${protocol}//${host}`);
        expect(origin).toBe(origin.toLowerCase());
        expect(protocol === 'https:' || /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname)).toBe(true);
        expect(canonicalOrigin(origin)).toBe(origin);
      }),
      { numRuns: 3000 },
    );
  });

  it('is idempotent', () => {
    fc.assert(
      // A quote at the end is what a shell left, and refused.
      fc.property(
        fc.webUrl({ validSchemes: ['https'] }).filter((url) => !url.endsWith("'")),
        (url) => {
          const origin = canonicalOrigin(url);
          expect(canonicalOrigin(origin)).toBe(origin);
        },
      ),
    );
  });
});
