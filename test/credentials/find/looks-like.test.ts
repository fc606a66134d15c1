import { describe, expect, it } from 'vitest';
import { apiKeyCredential } from '../../../src/credentials/find/api-key-credential.ts';
import { jwtCredential } from '../../../src/credentials/find/jwt-credential.ts';
import type { CodemieError } from '../../../src/system/errors.ts';
import { Secret } from '../../../src/system/secret.ts';
import { CLAIMS, madeToken } from '../../support/bad-tokens.ts';

const TOKEN = madeToken(CLAIMS);
const wrapped = (by: string): string => TOKEN.replace(/(.{76})/g, `$1${by}`);

const NO_VALUE = 'is the word "';
const MASKED = 'is masked';
const PLACEHOLDER = 'is a placeholder that nothing replaced';
const WHOLE = 'is a whole JSON response';
const LINES = 'contains line breaks';

/** What people and pipelines passed, and how the error begins to explain it. */
const BOTH: readonly (readonly [name: string, text: string, says: string])[] = [
  ['jq -r of a missing field', 'null', `${NO_VALUE}null"`],
  ['null with a newline', 'null\n', `${NO_VALUE}null"`],
  ['null in quotes', '"null"', `${NO_VALUE}null"`],
  ['null behind a byte order mark', '\ufeffnull', `${NO_VALUE}null"`],
  ['a script of JavaScript', 'undefined', 'is a word for "no value"'],
  ['Python', 'None', `${NO_VALUE}None"`],
  ['a Go template', '<no value>', 'is a word for "no value"'],
  ['a mask', '***', MASKED],
  ['a mask in part', 'abc***xyz', MASKED],
  ['dots of a settings page', '••••••••', MASKED],
  ['a masked word', '[MASKED]', MASKED],
  ['x in place of it', 'xxxxxxxx', MASKED],
  ['a shell variable in braces', '\u0024{CODEMIE_TOKEN}', PLACEHOLDER],
  ['a shell variable', '$CODEMIE_TOKEN', PLACEHOLDER],
  ['a default value', '\u0024{TOKEN:-}', PLACEHOLDER],
  ['cmd.exe', '%CODEMIE_TOKEN%', PLACEHOLDER],
  ['PowerShell', '$env:TOKEN', PLACEHOLDER],
  ['Azure Pipelines', '$(CODEMIE_TOKEN)', PLACEHOLDER],
  ['GitHub Actions', '\u0024{{ secrets.TOKEN }}', PLACEHOLDER],
  ['a template', '{{ secrets.TOKEN }}', PLACEHOLDER],
  ['a Helm value', '{{ .Values.token }}', PLACEHOLDER],
  ['a documentation', '<your-token>', PLACEHOLDER],
  ['words of a documentation', 'your-token-here', PLACEHOLDER],
  ['changeme', 'changeme', PLACEHOLDER],
  ['an .env template', '__TOKEN__', PLACEHOLDER],
  ['1Password', 'op://vault/item/token', PLACEHOLDER],
  ['Vault', 'vault:secret/data/ci#token', PLACEHOLDER],
  ['Azure Key Vault', '@Microsoft.KeyVault(SecretUri=https://v.example/secrets/t)', PLACEHOLDER],
  ['an error of OAuth', '{"error":"invalid_client"}', 'is an error response ("invalid_client")'],
  ['an error of another kind', '{"error":{"code":7}}', 'is an error response,'],
  ['some JSON', '{"a":1}', 'is JSON, not'],
  ['JSON that was cut off', '{"access_token":"', 'is JSON, not'],
  ['a web page', '<!DOCTYPE html><html></html>', 'is a web page'],
  ['a large web page', `<html>${'<p>x</p>'.repeat(20_000)}`, 'is a web page'],
  ['a PEM key', '-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----', 'in PEM format'],
  ['a URL', 'https://idp.example/token', 'is a URL'],
  ['the path of a secret', '/run/secrets/codemie', 'is the name of a file'],
  ['a path of Windows', 'C:\\secrets\\token.txt', 'is the name of a file'],
  ["curl's form of a file", '@token.txt', 'is the name of a file'],
  ['a line of an .env file', `TOKEN=${TOKEN}`, 'is an assignment'],
  ['a line of a shell script', `export CODEMIE_JWT_TOKEN="${TOKEN}"`, 'is an assignment'],
  ['another scheme', 'Basic dXNlcjpwYXNz', 'begins with the scheme "Basic"'],
  ['letters that are not Latin', 'токен-токен', 'contains the character U+0442'],
  ['a zero-width space', 'abcd\u200befgh', 'contains the character U+200B'],
  ['colors of a terminal', '\u001b[31mabcdefgh\u001b[0m', 'contains the character U+001B'],
  ['a NUL', 'abcd\0efgh', 'contains a NUL character'],
  ['a header after a line break', 'abcdefgh\r\nX-Other: 1', LINES],
  ['a prompt before it', 'Token: abcdefgh', 'contains a space'],
];

const TOKENS: typeof BOTH = [
  ['a token response', JSON.stringify({ access_token: TOKEN, expires_in: 300 }), WHOLE],
  [
    'an indented token response',
    JSON.stringify({ access_token: TOKEN, id_token: TOKEN }, undefined, 2),
    WHOLE,
  ],
  ['the answer of a broker', JSON.stringify({ data: { token: TOKEN } }), WHOLE],
  ['base64 at 76 columns', wrapped('\n'), LINES],
  ['lines of Windows', wrapped('\r\n'), LINES],
  ['lines of an old Mac', wrapped('\r'), LINES],
  ['line breaks as text', wrapped('\\n'), LINES],
  ['indented lines', wrapped('\n  '), LINES],
  ['two tokens', `${TOKEN}\n${TOKEN}`, 'contains 2 tokens'],
  ['a copy that was cut off', `${TOKEN.slice(0, 30)}...`, 'was cut off'],
  ['a Kubernetes secret', Buffer.from(TOKEN).toString('base64'), 'encoded with base64 once more'],
  ['a key of a model provider', 'sk-ant-1234567890', 'is an API key'],
  ['a token of GitHub', 'ghp_1234567890', 'is an API key or a personal access token'],
];

function errorOf(work: () => unknown): CodemieError {
  try {
    work();
  } catch (error) {
    return error as CodemieError;
  }
  throw new Error('it was accepted');
}

describe('the error says what a text is that is not a token', () => {
  it.each([...BOTH, ...TOKENS])('%s', (_name, text, says) => {
    const error = errorOf(() => jwtCredential(new Secret(text), 'https://h.example', 0));
    expect([error.code, error.exit]).toEqual(['AUTH_MALFORMED', 'auth']);
    expect(error.message).toContain(says);
    expect(error.message).toMatch(/^The token /);
    expect(error.hint).not.toBe('');
    expect(`${error.message} ${error.hint}`).not.toContain(TOKEN.slice(0, 20));
  });

  it('a token response names the field to pass', () => {
    const hintOf = (value: unknown) =>
      errorOf(() => jwtCredential(new Secret(JSON.stringify(value)), 'https://h.example', 0)).hint;
    expect(hintOf({ id_token: TOKEN, access_token: TOKEN })).toContain('"access_token" field');
    expect(hintOf({ accessToken: TOKEN })).toContain('jq -r .accessToken');
    expect(hintOf({ id_token: TOKEN })).toContain('"id_token" field');
    expect(hintOf({ value: TOKEN })).toContain('"value" field');
    expect(hintOf({ data: { access_token: TOKEN } })).toContain('jq -r .data.access_token');
  });
});

describe('the error says what a text is that is not an API key', () => {
  it.each(BOTH)('%s', (_name, text, says) => {
    const error = errorOf(() => apiKeyCredential(new Secret(text), 'https://h.example', 0, 'x-api-key'));
    expect(error.code).toBe('AUTH_MALFORMED');
    expect(error.message).toContain(says);
    expect(error.message).toMatch(/^The API key /);
  });
});

it.each([
  'sk-ant-api03-aB3_-9',
  'AIzaSyA-1234567890',
  'f3b1c2d4e5',
  'a.b-c_d~e+f/g==',
  'eyJhbGciOiJI.eyJz.c2ln',
])('the API key %s is accepted', (key) => {
  const { credential } = apiKeyCredential(new Secret(key), 'https://h.example', 0, 'x-api-key');
  expect(credential.key.reveal()).toBe(key);
});
