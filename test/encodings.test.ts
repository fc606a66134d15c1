import { createReadStream, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readEntries } from '../src/agents/mcp/json-file.ts';
import { fileHeaders } from '../src/commands/mcp/headers.ts';
import { OptionValues } from '../src/commands/spec.ts';
import { readConfig } from '../src/config/file.ts';
import { readProject } from '../src/config/layers/folder.ts';
import { certificates } from '../src/net/ca.ts';
import { readTextFile } from '../src/platform/helm/read-file.ts';
import { readRules } from '../src/platform/migrate/plan/rules-file.ts';
import { valuesIn } from '../src/platform/users/export/json-stream.ts';
import { databaseAddress } from '../src/postgres/address.ts';
import { passwordFor } from '../src/postgres/password.ts';
import { encryptionFor } from '../src/postgres/tls.ts';
import { loadRealmFiles } from '../src/realm/file/load.ts';
import { renderStage } from '../src/realm/render/render.ts';
import { pipelineIdentity } from '../src/sign-in/ci/identity-token.ts';
import { readAll } from '../src/terminal/stdin.ts';
import { readTokenFile } from '../src/terminal/token-file.ts';
import { temporaryFolder, testContext } from './support/context.ts';

const utf16 = (text: string): Buffer => Buffer.from(text, 'utf16le');

/** How the same text arrives: from an editor, from git on Windows, from `>` in PowerShell 5.1. */
const ENCODINGS: Readonly<Record<string, (text: string) => Buffer>> = {
  'UTF-8 with a byte order mark': (text) => Buffer.from(`\ufeff${text}`),
  'UTF-8 with CRLF': (text) => Buffer.from(text.replaceAll('\n', '\r\n')),
  'UTF-16 as PowerShell writes it': (text) => utf16(`\ufeff${text.replaceAll('\n', '\r\n')}`),
  'UTF-16 of the other byte order': (text) => utf16(`\ufeff${text}`).swap16(),
};

const signal = new AbortController().signal;
const JWT = 'eyJhbGciOiJSUzI1NiJ9.e30.c2ln';
const PEM = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';
const SETTINGS = '{\n  "version": 2,\n  "profiles": { "default": { "model": "größe" } }\n}\n';
const inProject = (path: string) =>
  readProject({ cwd: dirname(path), home: '/nowhere', userHome: '/nowhere' });
const DATABASE = databaseAddress({ database: 'postgresql://ada@db.example/codemie' }, {});

/** Everything that a person gives us as a file or on stdin: its text, and what we read from it. */
const INPUTS: Readonly<
  Record<string, readonly [file: string, text: string, read: (path: string) => unknown]>
> = {
  'the file of --jwt-token-file': [
    'token',
    `${JWT}\n`,
    async (path) => (await readTokenFile(path, signal)).trim(),
  ],
  'the input of --with-token': [
    'in',
    `${JWT}\n`,
    async (path) => (await readAll(createReadStream(path), signal)).trim(),
  ],
  CODEMIE_ID_TOKEN_FILE: [
    'token',
    `${JWT}\n`,
    async (path) => {
      const context = testContext({ env: { CODEMIE_ID_TOKEN_FILE: path } });
      return (await pipelineIdentity(context, 'codemie')).token.reveal();
    },
  ],
  'your own settings': ['codemie-cli.config.json', SETTINGS, (path) => readConfig(dirname(path)).profiles],
  'the settings of a project': [
    '.codemie/codemie-cli.config.json',
    SETTINGS,
    (path) => inProject(dirname(path))?.fields,
  ],
  'the .env of a project': [
    '.env',
    '# größe\nCODEMIE_URL=https://codemie.example\nOTHER=1\n',
    (path) => inProject(path)?.env,
  ],
  'the MCP servers of an agent': [
    '.mcp.json',
    '{\n  "mcpServers": { "größe": { "command": "x" } }\n}\n',
    (path) => readEntries(path, ['mcpServers']),
  ],
  'the file of --header-file': [
    'headers',
    'X-One: 1\nX-Two: größe\n',
    (path) => fileHeaders(new OptionValues(new Map([['header-file', path]]))),
  ],
  'a realm file as YAML': [
    'realm.yaml',
    'realm: codemie\ndisplayName: größe\n',
    (path) => loadRealmFiles([path], '/', {}),
  ],
  'a realm file as JSON': [
    'realm.json',
    '{\n  "realm": "codemie",\n  "displayName": "größe"\n}\n',
    (path) => loadRealmFiles([path], '/', {}),
  ],
  'a template of a realm': [
    'keycloak-start.sh.j2',
    '#!/bin/sh\necho {{ word }}\n',
    async (path) => {
      writeFileSync(join(dirname(path), 'stages'), 'stages: { one: { word: größe } }');
      const source = { templates: '.', stages: 'stages', find: (name: string) => join(dirname(path), name) };
      return (await renderStage(source, 'one', undefined)).files;
    },
  ],
  'the stages of a realm': [
    'stages.yaml',
    'stages:\n  one:\n    word: größe\n',
    async (path) => {
      writeFileSync(join(dirname(path), 'keycloak-start.sh.j2'), 'echo {{ word }}');
      const source = {
        templates: '.',
        stages: 'stages.yaml',
        find: (name: string) => join(dirname(path), name),
      };
      return (await renderStage(source, 'one', undefined)).files;
    },
  ],
  'the values of a chart': [
    'values.yaml',
    'ingress:\n  host: größe\n',
    (path) =>
      readTextFile(path, '/')
        .replace(/^\ufeff/, '')
        .replaceAll('\r\n', '\n'),
  ],
  'an export of a platform': [
    'export.json',
    '{\n  "realm": "größe",\n  "users": [{ "id": "1" }]\n}\n',
    async (path) => {
      const values: unknown[] = [];
      for await (const value of valuesIn(path, ['$.realm', '$.users.*'], signal)) values.push(value);
      return values;
    },
  ],
  'the rules of a migration': ['rules.yaml', 'keep:\n  - größe\n', (path) => readRules(path)],
  'a CA file': [
    'ca.pem',
    PEM,
    (path) => certificates({ file: path, extra: undefined })?.at(-1)?.replaceAll('\r', ''),
  ],
  'the CA of a database': [
    'root.crt',
    PEM,
    (path) => {
      const tls = { ...DATABASE.tls, mode: 'verify-full' as const, rootCert: path };
      const { tls: made } = encryptionFor(
        { ...DATABASE, tls },
        { ca: () => undefined, userHome: '/nowhere' },
      );
      return made === false ? undefined : String(made.ca).replaceAll('\r', '');
    },
  ],
  'the password file of a database': [
    'pgpass',
    '# größe\ndb.example:5432:codemie:ada:größe\n',
    async (path) => {
      const found = await passwordFor({ ...DATABASE, passFile: path }, {}, testContext());
      return found?.reveal();
    },
  ],
};

describe.each(Object.entries(INPUTS))('%s', (_input, [file, text, read]) => {
  const readFrom = async (bytes: Buffer): Promise<string> => {
    const path = join(temporaryFolder(), file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes, { mode: 0o600 });
    return JSON.stringify(await read(path));
  };

  it.each(Object.entries(ENCODINGS))('is read in %s', async (_encoding, encode) => {
    const expected = await readFrom(Buffer.from(text));
    expect(expected.length).toBeGreaterThan('"größe'.length);
    expect(await readFrom(encode(text))).toBe(expected);
  });
});
