import { describe, expect, it } from 'vitest';
import type { Config } from '../../src/config/profile.ts';
import { rename } from '../../src/config/profiles.ts';

const config: Config = {
  version: 2,
  profiles: { default: { name: 'default' }, 'my own': { name: 'my own' } },
};

describe('renaming a profile', () => {
  it('to its own name is an error that says so', () => {
    expect(() => rename(config, 'default', 'default')).toThrow('already named "default"');
  });

  it('to an invalid name is a usage error; from an invalid old name works', () => {
    expect(() => rename(config, 'default', '__proto__')).toThrow('not a valid profile name');
    expect(() => rename(config, 'default', 'a\u001bb')).toThrow('"a b" is not a valid');
    expect(Object.keys(rename(config, 'my own', 'own').profiles)).toEqual(['default', 'own']);
  });
});
