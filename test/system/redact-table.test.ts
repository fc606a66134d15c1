import { describe, expect, it } from 'vitest';
import { createLog } from '../../src/system/log.ts';
import { redact } from '../../src/system/redact.ts';

/** A text, and the part that must be hidden. */
const LEAKS: readonly (readonly [string, string])[] = [
  // Passwords in addresses.
  ['cannot reach http://ada:p@ss@proxy.example:8080', 'ss@'],
  ['cannot reach http://ada:p@s@s@proxy.example', 's@s'],
  ['cannot reach http://ada:p/ss@proxy.example:8080/', 'p/ss'],
  ['cannot reach http://CORP\\ada:secret1@proxy.example:8080', 'secret1'],
  ['the proxy ada:p@ss@proxy.example:8080 refused', 'ss@'],
  ['HTTPS_PROXY=ada:hunter2@proxy:3128', 'hunter2'],
  // Variables, by the words in their names.
  ['AWS_SECRET_ACCESS_KEY=abcdefghij', 'abcdefghij'],
  ['DB_PASSWORD=hunter', 'hunter'],
  ['DB_PASSWORD=12345', '12345'],
  ['DB_PASS=hunter', 'hunter'],
  ['GITHUB_PAT=hunter', 'hunter'],
  ['CODEMIE_PASSPHRASE=correct-horse', 'correct-horse'],
  ['CODEMIE_PASSPHRASE="correct horse battery"', 'horse'],
  ["export MY_TOKEN='a b c'", 'b c'],
  ['NPM_CONFIG__AUTHTOKEN=q1w2', 'q1w2'],
  // Fields in every spelling, in JSON and in escaped JSON.
  ['{"accessToken":"q1w2e3"}', 'q1w2e3'],
  ['{"refreshToken": "q1w2e3", "n": 1}', 'q1w2e3'],
  ['"{\\"accessToken\\":\\"q1w2e3\\",\\"n\\":1}"', 'q1w2e3'],
  ["{ clientSecret: 'q1w2e3' }", 'q1w2e3'],
  ['accessToken: q1w2e3', 'q1w2e3'],
  ['{"access-token":"q1w2e3"}', 'q1w2e3'],
  ['{"password":"a\\"b-rest"}', 'b-rest'],
  ['user.password=q1w2e3', 'q1w2e3'],
  ['{"set-cookie":["sid=q1w2e3; Path=/","other=q1w2e3"]}', 'q1w2e3'],
  ['{"authorization":["Custom q1w2e3"]}', 'q1w2e3'],
  ['{"sessionKey":"Zx9Kq2Lm8Pw4Tt7Vv1"}', 'Zx9Kq2Lm8Pw4Tt7Vv1'],
  // Headers.
  ['X-Auth-Token: q1w2e3', 'q1w2e3'],
  ['x-amz-security-token: q1w2e3', 'q1w2e3'],
  ['X-Api-Key: abcdef', 'abcdef'],
  ['proxy-authorization: Basic YWRhOmh1bnRlcjI=', 'YWRh'],
  // By shape alone.
  ['got ya29.a0AfB_byDq1w2e3 back', 'a0AfB'],
  ['key=Zx9Kq2Lm8Pw4Tt7Vv1', 'Zx9Kq2Lm8Pw4Tt7Vv1'],
  ['code=SplxlOBeZQQYbYS6WxSbIA', 'SplxlOBe'],
  ['code=Qx7&state=Yz9', 'Qx7'],
  ['?code=1x', '1x'],
];

/** Texts that must not change: people and tools read them. */
const READABLE: readonly string[] = [
  'npm ended with code=1',
  'exit code=127, state=running, key=up',
  'codemie debug x {"code":1,"state":"valid","key":"model","nonce":7}',
  'codemie debug renewed {"credential":"1a2b3c4d","profile":"work"}',
  '{"tokenType":"Bearer","token_endpoint":"https://idp.example/token","expires_in":300}',
  '{"tokenEnvVar":"CI_TOKEN","authMethod":"jwt","keyProvider":"openai"}',
  '{"token_count":12,"max_tokens":4096,"prompt_tokens":7}',
  '{"refreshable":true,"session":"none","headers":{"accept":"application/json"}}',
  '{"key":"gpt-5-2025-08-07","signature":{"state":"verified"}}',
  'export ROBOT_TOKEN="<token>", or pass --jwt-token-file FILE',
  'printf %s "$TOKEN" | codemie profile login --with-token',
  'curl -H "X-Token: $TOKEN"',
  'the password: how to give it, and the token: which one',
  'No token was given: neither --jwt-token, nor CODEMIE_JWT_TOKEN holds one.',
  'AUTHOR=ada KEYBOARD=de MONKEY=1 PATTERN=x',
  'PWD=/home/ada OLDPWD=/tmp SSH_AUTH_SOCK=/run/ssh.sock',
  'https://h.example:8080/people/ada@example.com?code_of_conduct=1',
  'mail ada@example.com, or ssh git@git.example:team/repo.git',
  'token: null, secret=false, password: none',
  '{"secretStore":"keychain","passwordUrl":"https://h.example/reset"}',
];

describe('every secret is masked', () => {
  it.each(LEAKS)('%s', (text, secret) => {
    expect(redact(text)).not.toContain(secret);
    expect(redact(text)).toContain('[redacted]');
    // Again, as when a log line becomes part of a report.
    expect(redact(redact(text))).toBe(redact(text));
  });
});

describe('other text stays readable', () => {
  it.each(READABLE)('%s', (text) => {
    expect(redact(text)).toBe(text);
  });
});

it('a debug line with secrets stays JSON', () => {
  const lines: string[] = [];
  const log = createLog(
    true,
    () => 0,
    (line) => lines.push(line),
  );
  log.debug('answered', {
    headers: { 'set-cookie': ['a=q1w2e3; Path=/', 'b=2'], 'x-auth-token': 'q1w2e3' },
    body: '{"accessToken":"q1w2e3","code":1}',
    proxy: 'http://ada:p@ss@proxy',
    status: 200,
  });
  const [line = ''] = lines;
  const fields = JSON.parse(line.slice(line.indexOf('{')));
  expect(fields).toMatchObject({ status: 200, headers: { 'x-auth-token': '[redacted]' } });
  expect(JSON.parse(fields.body)).toEqual({ accessToken: '[redacted]', code: 1 });
  expect(line).not.toMatch(/q1w2e3|ss@/);
});

it('a long untrusted line is masked quickly', () => {
  const started = performance.now();
  for (const text of [
    'a'.repeat(200_000),
    'a:'.repeat(100_000),
    '"'.repeat(200_000),
    '\\"a\\":'.repeat(40_000),
  ])
    redact(text);
  expect(performance.now() - started).toBeLessThan(3000);
});
