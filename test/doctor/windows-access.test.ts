import { describe, expect, it } from 'vitest';
import { closeToOthers, inheritsAccess } from '../../src/doctor/windows-access.ts';
import { testContext } from '../support/context.ts';

const HOME = 'D:\\codemie';
const OPEN = `${HOME} BUILTIN\\Administratoren:(I)(OI)(CI)(F)
           VORDEFINIERT\\Benutzer:(I)(OI)(CI)(RX)
Successfully processed 1 files; Failed processing 0 files\r\n`;
const CLOSED = `${HOME} PC\\Ada Lovelace:(OI)(CI)(F)\r\n`;

const context = () => ({
  ...testContext({ env: { SystemRoot: 'E:\\Windows', USERDOMAIN: 'PC', USERNAME: 'Ada Lovelace' } }),
  userHome: 'C:\\Users\\Ada Lovelace',
});

describe('a folder of settings on Windows', () => {
  it.each([
    ['is open to others on another drive', HOME, OPEN, true],
    ['is closed once its own list has replaced the one above', HOME, CLOSED, false],
    ['is closed in the profile, however that is spelled', 'c:\\users\\ada lovelace\\.codemie', OPEN, false],
    ['is not taken for the profile by the beginning of its name', 'C:\\Users\\Ada Lovelace2', OPEN, true],
  ])('%s', async (_what, folder, printed, expected) => {
    const asked: string[] = [];
    const open = await inheritsAccess(folder, context(), async (program, args) => {
      asked.push([program, ...args].join(' '));
      return printed;
    });
    expect(open).toBe(expected);
    for (const command of asked) expect(command).toBe(`E:\\Windows\\System32\\icacls.exe ${folder}`);
  });

  it('is not reported where icacls cannot tell', async () => {
    expect(await inheritsAccess(HOME, context(), async () => Promise.reject(new Error('none')))).toBe(false);
  });

  it('is closed by a command with the name of the user', () => {
    expect(closeToOthers(HOME, context())).toBe(
      'icacls "D:\\codemie" /inheritance:r /grant:r "PC\\Ada Lovelace:(OI)(CI)F"',
    );
  });
});
