import { expect, it } from 'vitest';
import { decodeText } from '../../src/system/decode-text.ts';

const TEXT = 'eyJhbGciOiJSUzI1NiJ9.e30.c2ln\r\n';
const le = Buffer.from(TEXT, 'utf16le');
const be = Buffer.from(le).swap16();

it.each([
  ['UTF-8', Buffer.from(TEXT)],
  ['UTF-8 with a byte order mark', Buffer.from(`\ufeff${TEXT}`)],
  ["PowerShell's > (UTF-16 with a mark)", Buffer.from(`\ufeff${TEXT}`, 'utf16le')],
  ['UTF-16 of the other byte order', Buffer.concat([Buffer.from([0xfe, 0xff]), be])],
  ['UTF-16 without a mark', le],
  ['UTF-16 of the other byte order without a mark', be],
])('a token in %s is read', (_name, bytes) => {
  expect(decodeText(bytes)).toBe(TEXT);
});

it.each(['', 'a', 'ab', 'a\0', 'a\0b', 'ä\0ö\0', 'токен', 'a\0\0b'])('%j stays as it is', (text) => {
  expect(decodeText(Buffer.from(text))).toBe(text);
});

it('text that was cut off inside a character is read up to there', () => {
  expect(decodeText(Buffer.from([0xff, 0xfe, 0x61, 0, 0x62]))).toBe('a');
  expect(decodeText(Buffer.from([0xfe, 0xff, 0, 0x61, 0]))).toBe('a');
});
