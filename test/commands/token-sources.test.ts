import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { run } from '../../src/commands/agents/run.ts';
import { OptionValues } from '../../src/commands/spec.ts';
import { exitCode } from '../../src/system/exit-codes.ts';
import { asCodemieError, errorText } from '../../src/terminal/render-error.ts';
import { madeToken } from '../support/bad-tokens.ts';
import { temporaryFolder } from '../support/context.ts';
import { person, sandboxFor } from '../support/person.ts';
import { fakePlatform } from '../support/platform.ts';

const URL_ = 'https://codemie.example.com';
const TOKEN = madeToken({ sub: 'ada', exp: 4_000_000_000 });

interface Said {
  readonly code: number;
  readonly stderr: string;
}

/** How a text reaches codemie as a credential, and how messages name that source. */
const SOURCES: Readonly<Record<string, readonly [names: string, pass: (text: string) => Promise<Said>]>> = {
  'the variable CODEMIE_JWT_TOKEN': [
    'The value of CODEMIE_JWT_TOKEN ',
    (text) => person({ env: { CODEMIE_JWT_TOKEN: text, CODEMIE_URL: URL_ } }).run('token'),
  ],
  "the profile's own variable": [
    'The value of ROBOT_TOKEN ',
    async (text) => {
      const robot = person({ env: { ROBOT_TOKEN: text } });
      writeProfile(robot.context.home, {
        authMethod: 'jwt',
        codeMieUrl: URL_,
        jwtConfig: { tokenEnvVar: 'ROBOT_TOKEN' },
      });
      return robot.run('token');
    },
  ],
  CODEMIE_API_KEY: [
    'The value of CODEMIE_API_KEY ',
    async (text) => {
      const carol = person({ env: { CODEMIE_API_KEY: text } });
      writeProfile(carol.context.home, { provider: 'openai' });
      return carol.run('token');
    },
  ],
  '--jwt-token': ['The value of --jwt-token ', (text) => runWith(['--jwt-token', text])],
  '--jwt-token-file': [
    'The value of --jwt-token-file ',
    (text) => runWith(['--jwt-token-file', fileOf(text)]),
  ],
  'stdin of a launch': ['The value of --jwt-token ', (text) => runWith(['--jwt-token', '-'], text)],
  'stdin of a sign-in with a token': [
    'The text on stdin ',
    (text) => piped(`profile login --url ${URL_} --with-token --store plaintext-file`, text),
  ],
  'stdin of a sign-in with an API key': [
    'The text on stdin ',
    (text) => piped('profile login --api-key --provider openai --store plaintext-file', text),
  ],
  CODEMIE_ID_TOKEN: ['The value of CODEMIE_ID_TOKEN ', (text) => pipeline({ CODEMIE_ID_TOKEN: text })],
  CODEMIE_ID_TOKEN_FILE: [
    'The content of the file in CODEMIE_ID_TOKEN_FILE ',
    (text) => pipeline({ CODEMIE_ID_TOKEN_FILE: fileOf(text) }),
  ],
};

function writeProfile(home: string, fields: Record<string, unknown>): void {
  mkdirSync(home, { recursive: true });
  const settings = { version: 2, activeProfile: 'default', profiles: { default: fields } };
  writeFileSync(join(home, 'codemie-cli.config.json'), JSON.stringify(settings));
}

function fileOf(content: string | Buffer): string {
  const path = join(temporaryFolder(), 'token');
  writeFileSync(path, content);
  return path;
}

function piped(line: string, text: string): Promise<Said> {
  const own = person();
  own.context.type(text);
  own.context.endInput();
  return own.run(line);
}

/** A launch as main starts it: the agent's command parses its own arguments. */
async function runWith(words: readonly string[], input?: string): Promise<Said> {
  const { context } = person();
  if (input !== undefined) context.type(input);
  context.endInput();
  const args = ['claude', '--base-url', URL_, '--task', 'x', ...words];
  try {
    const code = await run({ options: new OptionValues(new Map()), args }, context);
    return { code: code ?? 0, ...context.out };
  } catch (thrown) {
    const error = asCodemieError(thrown);
    context.terminal.sayExact(errorText(error, false));
    return { code: exitCode(error.exit), ...context.out };
  }
}

async function pipeline(env: Record<string, string>): Promise<Said> {
  const { url } = await sandboxFor();
  return person({ env }).run(`profile login --url ${url} --ci --store plaintext-file`);
}

/** The same mistakes for every source. */
const MISTAKES: readonly (readonly [text: string, says: string])[] = [
  ['null', 'is the word "null"'],
  ['***', 'is masked'],
  ['\u0024{CODEMIE_TOKEN}', 'is a placeholder'],
  ['{{ secrets.CODEMIE_TOKEN }}', 'is a placeholder'],
  ['"\u0024CODEMIE_TOKEN"', 'is a placeholder'],
  ['{"error":"unauthorized_client"}', 'is an error response'],
  ['abcdefgh\nijklmnop\n', 'contains line breaks'],
  ['\ufeff<html></html>', 'is a web page'],
];

describe.each(Object.entries(SOURCES))('%s', (_source, [names, pass]) => {
  it.each(MISTAKES)(
    'that is %j is refused, and the error names the source and the mistake',
    async (text, says) => {
      const { code, stderr } = await pass(text);
      expect([code, stderr]).toEqual([4, expect.stringContaining(names + says)]);
      expect(stderr).toContain('hint: ');
    },
  );
});

describe('a token file', () => {
  it.each([
    ['UTF-16, as > of PowerShell writes it', Buffer.from(`\ufeff${TOKEN}\r\n`, 'utf16le')],
    ['UTF-16 of the other byte order', Buffer.from(`\ufeff${TOKEN}`, 'utf16le').swap16()],
    ['UTF-8 with a byte order mark', Buffer.from(`\ufeff${TOKEN}\n`)],
    ['lines of Windows', Buffer.from(`${TOKEN}\r\n`)],
  ])('in %s is read', async (_name, bytes) => {
    const { stderr } = await runWith(['--jwt-token-file', fileOf(bytes)]);
    // The token was accepted: only the agent is missing on this machine.
    expect(stderr).toContain('[AGENT_MISSING]');
    expect(stderr).not.toContain('Ignored');
  });

  it.each([
    ['that is missing', '/nowhere/token', 'there is no such file'],
    ['that is a folder', temporaryFolder, 'it is a folder'],
    ['behind a file', () => join(fileOf('x'), 'token'), 'there is no such file'],
  ])('%s is a usage error in words', async (_name, path, says) => {
    const name = typeof path === 'string' ? path : path();
    const { code, stderr } = await runWith(['--jwt-token-file', name]);
    expect([code, stderr]).toEqual([
      2,
      expect.stringContaining(`Couldn't read the token file ${name}: ${says}.`),
    ]);
    const id = await pipeline({ CODEMIE_ID_TOKEN_FILE: name });
    expect([id.code, id.stderr]).toEqual([4, expect.stringContaining(`in CODEMIE_ID_TOKEN_FILE (${says})`)]);
  });

  it('of more than 1 MiB is not read to its end', async () => {
    const path = fileOf('a'.repeat(1_048_577));
    const { code, stderr } = await runWith(['--jwt-token-file', path]);
    expect([code, stderr]).toEqual([2, expect.stringContaining(`The file ${path} is larger than 1 MiB`)]);
  });

  it('that is empty is said to be empty', async () => {
    for (const text of ['', '\n', '\ufeff'])
      expect((await runWith(['--jwt-token-file', fileOf(text)])).stderr).toContain(
        '--jwt-token-file is empty',
      );
    const { code, stderr } = await pipeline({ CODEMIE_ID_TOKEN_FILE: fileOf('\n') });
    expect([code, stderr]).toEqual([4, expect.stringContaining('there is nothing in CODEMIE_ID_TOKEN_FILE')]);
  });
});

it('an API key in a file of PowerShell is read by a sign-in', async () => {
  const provider = await fakePlatform((_request, response) => response.end('{"data":[{"id":"m"}]}'));
  const carol = person();
  carol.context.terminal.stdin.unshift(Buffer.from('\ufeffa-key-of-this-test\r\n', 'utf16le'));
  carol.context.endInput();
  const line = `profile login --api-key --provider litellm --url ${provider.origin} --store plaintext-file`;
  const { code, stderr } = await carol.run(line);
  expect([code, stderr]).toEqual([0, expect.not.stringContaining('Ignored')]);
});
