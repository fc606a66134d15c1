import { homedir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { requireDrive, userHomeOf } from '../../src/system/user-home.ts';

const PROFILE = 'C:\\Users\\me';

describe('the home folder on Windows', () => {
  it.each(['H:\\', '/c/Users/me', 'C:\\other', ''])(
    'is USERPROFILE, as for the agents, when HOME is %j',
    (HOME) => {
      expect(userHomeOf({ env: { HOME, USERPROFILE: PROFILE }, platform: 'win32' })).toBe(PROFILE);
    },
  );

  it.each(['', '\\Users\\me', 'C:me', '/c/Users/me', 'me'])(
    'is not USERPROFILE %j, which depends on the folder',
    (name) => {
      const env = { USERPROFILE: name, CODEMIE_HOME: 'D:\\codemie' };
      expect(userHomeOf({ env, platform: 'win32' })).toBe('D:\\codemie');
    },
  );

  it('on a drive that is not there is HOME_UNKNOWN, and says which drive', () => {
    const check = (env: Record<string, string>, home: string) => () =>
      requireDrive(home, { env, platform: 'win32' }, (path) => path === 'C:\\');
    expect(check({}, 'H:\\.codemie')).toThrow(
      expect.objectContaining({
        code: 'HOME_UNKNOWN',
        exit: 'config',
        message: 'codemie keeps its files in H:\\.codemie, but there is no H:\\ now.',
        hint: 'Connect H:\\, or set CODEMIE_HOME to a folder on another drive.',
      }),
    );
    expect(check({ CODEMIE_HOME: 'X:\\c' }, 'X:\\c')).toThrow('in X:\\c (CODEMIE_HOME), but');
    expect(check({}, 'C:\\Users\\me\\.codemie')).not.toThrow();
  });
});

it('elsewhere the home folder is HOME, and USERPROFILE does not count', () => {
  const env = { HOME: '/home/me', USERPROFILE: '/other' };
  expect(userHomeOf({ env, platform: 'linux' })).toBe('/home/me');
  expect(userHomeOf({ env: { ...env, HOME: 'me' }, platform: 'darwin' })).toBe(homedir());
});
