import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CodemieError } from '../../src/system/errors.ts';
import { createLog } from '../../src/system/log.ts';
import { redact } from '../../src/system/redact.ts';
import { Secret } from '../../src/system/secret.ts';
import { isSecretName, mayNameSecret } from '../../src/system/secret-names.ts';
import { errorJson, errorText } from '../../src/terminal/render-error.ts';

const JWT = ['eyJhbGciOiJSUzI1NiJ9', 'eyJzdWIiOiJhZGEiLCJleHAiOjF9', 'c2lnbmF0dXJl'].join('.');

describe('S37: the redactor at the sink', () => {
  it.each([
    ['a bearer header', `authorization: Bearer ${JWT}`, JWT],
    ['an opaque bearer', 'Authorization: Bearer abcdef1234567890', 'abcdef1234567890'],
    ['a header of another scheme', 'Authorization: Token q1w2e3r4', 'q1w2e3r4'],
    ['the same in JSON', '{"authorization":"token q1w2e3r4"}', 'q1w2e3r4'],
    ['a JWT anywhere', `token was ${JWT}, sorry`, JWT],
    ['a cookie line', 'Cookie: _oauth2_proxy=abc|123|def; other=1', 'abc|123|def'],
    ['a cookie of any name', 'Cookie: sid=q1w2e3r4; other=1', 'q1w2e3r4'],
    ['a cookie that is set', 'set-cookie: sid=q1w2e3r4; Path=/', 'q1w2e3r4'],
    ['a gateway cookie alone', 'got _oauth2_proxy_0=abcdef', 'abcdef'],
    ['an authorization code', 'http://127.0.0.1:1/callback?code=SplxlOBe&state=af0if', 'SplxlOBe'],
    ['a verifier in a form', 'grant_type=x&code_verifier=dBjftJeZ4CVP', 'dBjftJeZ4CVP'],
    ['a refresh token in JSON', '{"refresh_token":"abc\\"def","x":1}', 'abc'],
    ['user info in a URL', 'https://bob:hunter22@proxy.example', 'hunter22'],
    ['a token in place of the user in a URL', `https://${'t0ken'.repeat(5)}@git.example`, 't0ken'],
    ['a fine-grained token of GitHub', `x github_pat_${'1a'.repeat(12)} y`, '1a1a'],
    ['a key of Google', `x AIza${'1a'.repeat(18)} y`, '1a1a'],
    ['a key of AWS', `x AKIA${'1A'.repeat(8)} y`, '1A1A'],
    ['a token of npm', `x npm_${'1a'.repeat(18)} y`, '1a1a'],
    ['a private key', '-----BEGIN RSA PRIVATE KEY-----\nMIIE\nabc=\n-----END RSA PRIVATE KEY-----', 'MIIE'],
    ['a key header', 'x-api-key: sk-live-1234567890', 'sk-live-1234567890'],
  ])('masks %s', (_name, text, secret) => {
    expect(redact(text)).not.toContain(secret);
  });

  it.each(
    'access_token refresh_token id_token id_token_hint token code state nonce code_verifier code_challenge device_code user_code client_secret client_assertion assertion subject_token password api_key key cookies'.split(
      ' ',
    ),
  )('masks %s in queries, fragments and forms', (name) => {
    for (const text of [
      `https://h/x?a=b&${name}=Qx7Yz9&c=d`,
      `https://h/x#${name}=Qx7Yz9`,
      `a=b&${name}=Qx7Yz9`,
    ])
      expect(redact(text)).not.toContain('Qx7Yz9');
  });

  /** URLs with one secret part, and the part that must stay readable. */
  const ADDRESSES: readonly (readonly [string, (part: string) => string, string])[] = [
    [
      'a signature of AWS',
      (part) => `https://b.s3.example/k?X-Amz-Date=1&X-Amz-Signature=${part}&x=y`,
      '&x=y',
    ],
    [
      'a credential of AWS',
      (part) => `https://b.s3.example/k?X-Amz-Credential=${part}%2F1%2Fs3`,
      'b.s3.example',
    ],
    [
      'an older signature of AWS',
      (part) => `https://b.s3.example/k?Expires=1&Signature=${part}`,
      'Expires=1',
    ],
    ['an older credential of AWS', (part) => `https://b.s3.example/k?AWSAccessKeyId=${part}&x=y`, '&x=y'],
    ['a session of AWS in a header', (part) => `{"X-Amz-Security-Token": "${part}"}`, 'X-Amz'],
    ['a signature of Google', (part) => `https://s.example/b/k?x=y&X-Goog-Signature=${part}`, 'x=y'],
    ['a signature of Azure', (part) => `https://a.blob.example/c?sv=1&sig=${part}&se=2`, '&se=2'],
    [
      'the same in JSON of Go',
      (part) => `"https://a.blob.example/c?sv=1\\u0026sig=${part}\\u0026se=2"`,
      'se=2"',
    ],
    [
      'a webhook of Slack',
      (part) => `https://hooks.slack.com/services/T01/B02/${part}, x`,
      'hooks.slack.com/services/',
    ],
    ['a webhook of Discord', (part) => `https://discord.com/api/webhooks/123/${part} x`, 'webhooks/123/'],
    [
      'the same, by version',
      (part) => `https://ptb.discord.com/api/v10/webhooks/1/${part}?wait=1`,
      '?wait=1',
    ],
    [
      'a webhook of Teams',
      (part) => `https://a.webhook.office.com/webhookb2/1-a@2-b/IncomingWebhook/${part}/3-c.`,
      'a.webhook.office.com/',
    ],
  ];

  it.each(ADDRESSES)('masks %s, and nothing around it', (_what, address, rest) => {
    const part = fc.stringMatching(/^[\w-]{8,60}$/).filter((value) => !address('').includes(value));
    fc.assert(
      fc.property(part, (value) => {
        for (const text of [address(value), JSON.stringify([`could not reach ${address(value)}`])])
          expect(redact(text)).not.toContain(value);
        expect(redact(address(value))).toContain(rest);
      }),
      { numRuns: 50 },
    );
  });

  it('leaves other signatures readable, and addresses near webhooks', () => {
    for (const text of [
      '{"signature":{"state":"verified"},"sig":"ok"}',
      'signature: not verified; sig=none, signature=unknown',
      'the signature = what the issuer says',
      'https://h.example/x?design=1&signatures=2&sigma=3',
      'https://hooks.slack.com/ and https://discord.com/api/webhooks/123',
      'https://docs.example/webhook.office.com',
      'x-amz-date: 1',
    ])
      expect(redact(text)).toBe(text);
  });

  it('leaves error codes and states readable', () => {
    for (const text of [
      '{"code":"AUTH_EXPIRED","state":"expired"}',
      'npm_config_offline',
      'ssh://git@git.example',
      'It offers CodeMie SSO, and takes bearer tokens.',
    ])
      expect(redact(text)).toBe(text);
  });

  it('masks a random secret in a log line or an error, in every encoding the program emits', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 12, maxLength: 60, unit: 'grapheme-ascii' }), (value) => {
        fc.pre(value.trim().length >= 10 && !'codemie debug [redacted] error'.includes(value));
        const secret = new Secret(value);
        const forms = [
          value,
          encodeURIComponent(value),
          Buffer.from(value).toString('base64').replace(/=+$/, ''),
          Buffer.from(value).toString('base64url'),
          Buffer.from(value).toString('hex'),
        ];
        for (const form of forms) {
          const lines: string[] = [];
          createLog(
            true,
            () => 0,
            (line) => lines.push(line),
          ).debug(`got ${form}`, { form, nested: [form], secret });
          const error = new CodemieError({
            code: 'INTERNAL',
            message: `bad ${form}`,
            hint: form,
            cause: new Error(form),
          });
          for (const text of [...lines, errorText(error, true), errorJson(error)])
            expect(text).not.toContain(form);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('masks a Secret as text, in JSON and when inspected', async () => {
    const { inspect } = await import('node:util');
    const secret = new Secret('correct horse battery');
    expect([`${secret}`, JSON.stringify({ secret }), inspect({ secret })].join()).not.toContain('horse');
    expect(secret.reveal()).toBe('correct horse battery');
    expect(secret.fingerprint()).toMatch(/^[0-9a-f]{8}$/);
  });
});

describe('the quick check before the search for assignments', () => {
  const WORDS =
    'db user api key apiKey Pass PGPASSWORD authToken device code verifier assertion cookies x sig SAS';
  const word = fc.oneof(fc.constantFrom(...WORDS.split(' ')), fc.stringMatching(/^[A-Za-z]{1,8}$/));

  it('finds every secret name, in any spelling', () => {
    const name = fc
      .tuple(fc.array(word, { minLength: 1, maxLength: 4 }), fc.constantFrom('', '_', '-', '.'))
      .map(([words, between]) => words.join(between));
    fc.assert(
      fc.property(name, (text) => !isSecretName(text) || mayNameSecret(`see ${text}=1`.toLowerCase())),
      { numRuns: 2000 },
    );
  });

  it.each(['codeVerifier', 'code_challenge', 'device-code', 'userCode', 'client.assertion', 'assertion'])(
    'finds %s',
    (name) => expect(redact(`{"${name}": "dBjftJeZ4CVP-mB9"}`)).not.toContain('dBjftJeZ4CVP'),
  );

  it.each([
    'sk-',
    'sk_',
    'pk_',
    'rk-',
    'gho_',
    'ghp_',
    'ghr-',
    'ghs_',
    'ghu_',
    'github_pat_',
    'glpat-',
    'xoxb-',
    'xoxs-',
  ])('finds a bare key that begins with %s', (start) =>
    expect(redact(`${start}1a2b3c4d5e6f`)).not.toContain('1a2b3c'),
  );
});
