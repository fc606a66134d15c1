import { describe, expect, it } from 'vitest';
import { explainFailure, notLoaded } from '../../src/secrets/keychain-words.ts';

const FILE = 'codemie profile login --store encrypted-file';

describe('a keychain that fails is explained in words a person can act on', () => {
  it.each([
    // Each platform's own words, as people posted them.
    [
      'darwin',
      'The user name or passphrase you entered is not correct.',
      'STORE_LOCKED',
      'security unlock-keychain',
    ],
    ['darwin', 'User interaction is not allowed.', 'STORE_LOCKED', 'security unlock-keychain'],
    ['darwin', 'In dark wake, no UI possible', 'STORE_LOCKED', 'security unlock-keychain'],
    ['darwin', 'User interaction is required.', 'STORE_LOCKED', 'security unlock-keychain'],
    ['darwin', 'The operation failed: -25293', 'STORE_LOCKED', 'security unlock-keychain'],
    ['darwin', 'User canceled the operation.', 'STORE_LOCKED', 'security unlock-keychain'],
    ['darwin', 'A default keychain could not be found.', 'STORE_UNAVAILABLE', FILE],
    ['darwin', 'No keychain is available. You may need to restart your computer.', 'STORE_UNAVAILABLE', FILE],
    [
      'win32',
      'A specified logon session does not exist. It may already have been terminated.',
      'STORE_UNAVAILABLE',
      FILE,
    ],
    ['win32', 'Eine angegebene Anmeldesitzung ist nicht vorhanden. (1312)', 'STORE_UNAVAILABLE', FILE],
    ['win32', 'The stub received bad data.', 'STORE_UNAVAILABLE', FILE],
    [
      'linux',
      'Cannot create an item in a locked collection',
      'STORE_LOCKED',
      'gnome-keyring-daemon --unlock',
    ],
    ['linux', 'Prompt was dismissed', 'STORE_LOCKED', 'gnome-keyring-daemon --unlock'],
    ['linux', 'Cannot autolaunch D-Bus without X11 $DISPLAY', 'STORE_UNAVAILABLE', FILE],
    [
      'linux',
      'The name org.freedesktop.secrets was not provided by any .service files',
      'STORE_UNAVAILABLE',
      'gnome-keyring-daemon --unlock',
    ],
  ] as const)('%s: %s', (platform, words, code, fix) => {
    const error = explainFailure(new Error(words), platform);
    expect(error).toMatchObject({ code, exit: 'store', remedies: { length: 3 } });
    expect(error.fix).toContain(fix);
    if (platform !== 'linux') expect(error.fix).not.toContain('gnome');
  });

  it('does not take every word with "locked" in it for a locked keychain', () => {
    expect(explainFailure(new Error('blocked by a policy'), 'darwin').message).toContain(
      'blocked by a policy',
    );
  });

  it('says why the module of a process of its own is missing', () => {
    const words = "Cannot find module 'C:\\npm\\keytar'\nRequire stack: …";
    expect(explainFailure(new Error(words), 'win32').fix).toBe('npm install -g codemie --include=optional');
  });

  it('says that a closed dialog is the reason', () => {
    expect(explainFailure(new Error('User canceled the operation.'), 'darwin').message).toBe(
      'The keychain was not unlocked: its dialog was closed.',
    );
  });

  it('says what a service of Windows can use instead', () => {
    const words = 'A specified logon session does not exist. It may already have been terminated.';
    expect(explainFailure(new Error(words), 'win32').message).toContain('services and SSH sessions');
  });
});

describe('a keychain module that cannot be loaded', () => {
  it.each([
    [
      'libsecret-1.so.0: cannot open shared object file: No such file or directory',
      'libsecret is not installed',
      'apt-get install libsecret-1-0',
    ],
    [
      'libglib-2.0.so.0: cannot open shared object file: No such file or directory',
      'libsecret is not installed',
      'apt-get install libsecret-1-0',
    ],
    ['musl: Failed to load keytar native addon, checked …', 'Alpine Linux', FILE],
    [
      "Cannot find module 'keytar'",
      'its module is not installed',
      'npm install -g codemie --include=optional',
    ],
    ['keytar.node: invalid ELF header', 'invalid ELF header', FILE],
  ])('%s', (words, why, fix) => {
    const error = notLoaded(new Error(words));
    expect(error.code).toBe('STORE_UNAVAILABLE');
    expect(error.message).toContain(why);
    expect(error.fix).toContain(fix);
  });
});
