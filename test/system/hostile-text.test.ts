import { describe, expect, it } from 'vitest';
import { bareName, familyOf } from '../../src/agents/models/names.ts';
import { keptApiBase } from '../../src/config/api-base.ts';
import { withoutSecrets } from '../../src/config/backup.ts';
import { readPaste } from '../../src/net/callback/pasted.ts';
import { canonicalOrigin } from '../../src/net/origin.ts';
import { authOutcomeOfWhole } from '../../src/platform-api/auth-outcome.ts';
import { refusalIn, wordsOf } from '../../src/platform-api/refusal.ts';
import { modelsFrom } from '../../src/platform-api/shapes.ts';
import { placeOfVariable, withoutVariables, withVariables } from '../../src/realm/file/variables.ts';
import { foreignIn } from '../../src/realm/lint/rules/values.ts';
import { wholeName } from '../../src/realm/render/engine.ts';
import { parseDuration } from '../../src/system/duration.ts';
import { withoutComments } from '../../src/system/json.ts';
import { parseJsonc } from '../../src/system/jsonc.ts';
import { objectAt, withMember, withoutMember } from '../../src/system/jsonc-edit.ts';
import { harmless, printable } from '../../src/system/printable.ts';
import { redact } from '../../src/system/redact.ts';
import { withoutEnd } from '../../src/system/trim-end.ts';

const MB = 1_048_576;
const origin = canonicalOrigin('https://codemie.example.com');
const page = (text: string): unknown =>
  authOutcomeOfWhole({ status: 200, headers: {}, setCookie: [], body: Buffer.from(text) });
const models = (text: string): unknown =>
  modelsFrom([{ id: text }]).map(({ id }) => [bareName(id), familyOf(id)]);

/** What reads text of strangers, and texts that make a careless search look at the same characters again and again. */
const READERS: readonly (readonly [
  name: string,
  size: number,
  read: (text: string) => unknown,
  parts: readonly string[],
])[] = [
  ['settings of agents', 10 * MB, parseJsonc, ['/* ', '"\\', '\t/**/', ' ', 'token=\\"', '//', '"a",']],
  ['a member that is added', 10 * MB, (text) => withMember(text, ['a'], 1), ['\t', ' \n', '/*']],
  ['a member that is removed', 10 * MB, (text) => withoutMember(text, ['a']), ['\t', '/*']],
  [
    'a member behind many comments',
    MB,
    (text) => withMember(`{"b":1 ${text}\n}`, ['a'], 1),
    ['/**//*', '**//*', '/**/'],
  ],
  ['a member behind many tabs', MB, (text) => withoutMember(`{${text}"a":1}`, ['a']), ['\t', '\n\t']],
  ['a member that is read', 10 * MB, (text) => objectAt(text, ['a']), ['{"a":1,/*']],
  ['comments in JSON', 10 * MB, withoutComments, ['{"a":1,/*', 'token=\\"', '\\/*', '"\\', '/']],
  ['a line to print', 10 * MB, printable, ['\u001b[0m', '\u200b', 'a']],
  ['a text to print', 10 * MB, harmless, ['\u001b[0m', '\n\u200b', 'a']],
  [
    'a text with secrets',
    MB,
    redact,
    [
      '+a',
      'a+',
      'a.',
      'a://',
      'a://b:',
      'a:b@',
      '(-:(',
      '_oauth2_proxy',
      'token=',
      'token:[',
      '"token":"',
      'eyJa.',
      'x-amz-',
      '$.',
    ],
  ],
  ['a duration', MB, (text) => parseDuration(text, 'it'), ['1', '1m', '1.']],
  ['the address of a platform', MB, canonicalOrigin, ['.', '/', '@']],
  ['the address of an API', MB, (text) => keptApiBase(origin, `${origin}/${text}a`), ['/']],
  ['the page of a captive portal', 1024, page, ['\t<!----><?xml>\t<!---->', '<!---->', '<?xml>', ' ']],
  [
    'an error of the platform',
    MB,
    (text) => wordsOf(refusalIn(Buffer.from(JSON.stringify({ detail: text })))),
    ['. ', '.\n', 'a.'],
  ],
  ['names of models', MB, models, ['claude', 'gemini', '-v0:0', 'a.', 'a/']],
  [
    'a pasted link',
    131_072,
    (text) => readPaste(`https://x/?code=1${text}\u2028#`, 'state'),
    ['#', '>', '"', '\u001b[200~'],
  ],
  ['a text of a realm file', MB, (text) => withVariables({ a: text }, {}, 'a file'), ['${A:', '$${A', '}${']],
  [
    'a text of an exported realm',
    MB,
    (text) => [withoutVariables({ a: text }), placeOfVariable({ a: text })],
    ['${A:', '$'],
  ],
  ['a text with marks of other tools', MB, foreignIn, ['{{', '{%', '{{}', '$(']],
  [
    'a line of a template with an error',
    MB,
    (text) => wholeName(`${text} b`, text.length + 1, text.length + 2),
    ['a', '[', '.'],
  ],
  ['settings that a reset sets aside', MB, withoutSecrets, ['key', '"key" ', '"key":"\\', ' ']],
  ['a text without its end', 10 * MB, (text) => withoutEnd(`${text}a`, '/'), ['/']],
];

/**
 * A search that reads everything once takes 20 to 400 ms for these, one that starts again at each character minutes.
 * CPU time, because the machine may be busy.
 */
const LONGEST_MS = 3000;

describe.each(READERS)('the time to read %s grows with its length', (_name, size, read, parts) => {
  it.each(parts)('%j', (part) => {
    const texts = ['', '{', '"', '\u0000'].slice(0, size > MB ? 2 : 4);
    for (const start of texts) {
      const text = start + part.repeat(Math.ceil(size / part.length));
      const before = process.cpuUsage();
      try {
        read(text);
      } catch (error) {
        // The text is refused. A stack that ran out is another matter.
        expect(error).not.toBeInstanceOf(RangeError);
      }
      const { user } = process.cpuUsage(before);
      expect(user / 1000, `after ${JSON.stringify(start)}`).toBeLessThan(LONGEST_MS);
    }
  });
});
