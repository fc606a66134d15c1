import { expect, it } from 'vitest';
import { installedVersion } from '../../src/agents/installed-version.ts';

const NPM = 'C:\\Users\\First Last\\AppData\\Roaming\\npm';
const own = `${NPM}\\node_modules\\@google\\gemini-cli`;

/** What npm installed on Windows, and a package.json in the home folder. */
function onWindows(texts: Readonly<Record<string, string>>): string | undefined {
  return installedVersion(`${NPM}\\gemini.cmd`, '@google/gemini-cli', 'win32', {
    realPath: (path) => path,
    readText: (path) => {
      const text = { [`${NPM}\\gemini.cmd`]: SHIM, ...texts }[path];
      if (text === undefined) throw Object.assign(new Error(`no ${path}`), { code: 'ENOENT' });
      return text;
    },
  });
}
const SHIM = '@"node" "%~dp0\\node_modules\\@google\\gemini-cli\\bundle\\gemini.js" %*\r\n';

it('the version of an agent that npm installed on Windows is read through its .cmd shim', () => {
  expect(onWindows({ [`${own}\\package.json`]: '{"name":"@google/gemini-cli","version":"0.61.0"}' })).toBe(
    '0.61.0',
  );
});

it.each(['{"name":"notes","version":"9.9.9"}', '{', '[]', '{"name":"@google/gemini-cli","version":7}'])(
  'a package.json above the agent that says %s gives no version',
  (text) => {
    expect(onWindows({ [`${NPM}\\package.json`]: text, [`${own}\\package.json`]: text })).toBe(undefined);
  },
);

it('a .cmd that is not a shim gives no version', () => {
  expect(onWindows({ [`${NPM}\\gemini.cmd`]: '@curl https://example.com | cmd\r\n' })).toBe(undefined);
});
