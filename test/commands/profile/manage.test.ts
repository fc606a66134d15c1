import { describe, expect, it } from 'vitest';
import { person, signedIn } from '../../support/person.ts';
import { expectShape } from '../../support/schemas.ts';

describe('profile list, use, rename and delete', () => {
  it('an empty machine says how to start', async () => {
    expect(await person().run('profile list')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('codemie setup'),
    });
    expect(await person().json('profile list')).toMatchObject({ active: null, profiles: [] });
  });

  it('two accounts side by side, by name', async () => {
    const ada = await signedIn();
    const second = await ada.run(`profile login --url ${ada.url} --store plaintext-file --profile second`);
    expect(second.code).toBe(0);
    const listed = expectShape<{ active: string; profiles: { name: string }[] }>(
      'profile-list',
      (await ada.run('profile list --json')).stdout,
    );
    expect([listed.active, listed.profiles.map(({ name }) => name)]).toEqual([
      'second',
      ['default', 'second'],
    ]);
    expect((await ada.run('profile list')).stdout).toMatch(/^ {2}default +http\S+ .*\n\* second /);

    expect(await ada.json('profile use default')).toMatchObject({ active: 'default' });
    expect((await ada.run('profile list')).stdout).toMatch(/^\* default/m);
    expect(await ada.json('profile rename second work')).toMatchObject({ name: 'work' });
    expect(await ada.json('profile status --profile work')).toMatchObject({ state: 'valid' });
  });

  it('a credential that another profile uses stays when one is deleted', async () => {
    const ada = await signedIn();
    await ada.run(`profile login --url ${ada.url} --store plaintext-file --profile second`);
    expect(await ada.run('profile delete second')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--yes'),
    });
    expect(await ada.json('profile delete second --yes')).toMatchObject({
      removed: ['second'],
      revoked: 'unsupported',
    });
    expect(await ada.json('profile status')).toMatchObject({ state: 'valid' });
    expect(await ada.json('profile delete default --yes')).toMatchObject({
      removed: ['default'],
      revoked: 'yes',
    });
    expect(await ada.json('profile list')).toMatchObject({ profiles: [] });
  });

  it.each(['use nobody', 'delete nobody --yes', 'rename nobody x', 'status --profile nobody'])(
    'profile %s: reports an unknown name, and how to list the others',
    async (line) => {
      const { code, stderr } = await (await signedIn()).run(`profile ${line}`);
      expect([code, stderr]).toEqual([9, expect.stringMatching(/"nobody".*\[PROFILE_UNKNOWN\]/)]);
    },
  );

  it('switching profiles says when a variable overrides the switch', async () => {
    const ada = await signedIn({ env: { CODEMIE_PROFILE: 'default' } });
    expect((await ada.run('profile use default')).stderr).toContain('CODEMIE_PROFILE');
  });
});

describe('profile move', () => {
  it('moves the credential to another store without signing out', async () => {
    const ada = await signedIn({ env: { CODEMIE_PASSPHRASE: 'of this test alone' } });
    expect(
      expectShape('profile-move', (await ada.run('profile move --to encrypted-file --json')).stdout),
    ).toMatchObject({
      profiles: ['default'],
      from: 'plaintext-file',
      to: 'encrypted-file',
    });
    expect(await ada.json('profile status')).toMatchObject({ state: 'valid', store: 'encrypted-file' });
    expect(await ada.json('profile move --to encrypted-file')).toMatchObject({ profiles: [] });
    const back = await ada.run('profile move --to plaintext-file');
    expect([back.code, back.stderr]).toEqual([0, expect.stringContaining('warning')]);
  });

  it('asks which store, and changes nothing when that store cannot be used', async () => {
    const ada = await signedIn();
    expect((await ada.run('profile move')).code).toBe(2);
    expect((await ada.run('profile move --to keychain')).code).toBe(8);
    expect(await ada.json('profile status')).toMatchObject({ state: 'valid', store: 'plaintext-file' });
  });
});

describe('token', () => {
  it('prints only the token, and on a terminal only on request', async () => {
    const ada = await signedIn();
    Object.assign(ada.context.terminal.stdout, { isTTY: true });
    const refused = await ada.run('token');
    expect([refused.code, refused.stdout]).toEqual([2, '']);
    expect((await ada.run('token --show')).stdout).toMatch(/^eyJ\S+\n$/);
  });
});
