import { describe, expect, it } from 'vitest';
import { proxyFor } from '../../src/net/proxy.ts';
import type { CodemieError } from '../../src/system/errors.ts';

const url = new URL('https://codemie.example.com/');
const via = (address: string, NO_PROXY: string): boolean =>
  proxyFor(new URL(address), { HTTPS_PROXY: 'http://proxy:3128', NO_PROXY }) !== undefined;

describe('the proxy from the environment', () => {
  it.each([
    ['proxy.corp:3128', 'http://proxy.corp:3128/'],
    ['ada:secret@proxy.corp:3128', 'http://ada:secret@proxy.corp:3128/'],
    ['https://proxy.corp', 'https://proxy.corp/'],
    [' http://[fd00::1]:3128 ', 'http://[fd00::1]:3128/'],
  ])('%s', (value, address) => {
    expect(proxyFor(url, { HTTPS_PROXY: value })?.url.href).toBe(address);
    expect(proxyFor(url, { https_proxy: value, HTTPS_PROXY: 'http://other' })?.url.href).toBe(address);
    expect(proxyFor(new URL('https://127.0.0.1:1'), { HTTPS_PROXY: value })).toBeUndefined();
  });

  it.each([
    ['not a url', /not a URL/],
    ['http://', /not a URL/],
    ['http://proxy:99999', /not a URL/],
    ['socks5://proxy:1', /must start with http/],
    ['http://u:p%zz-secret@proxy:1', /% that is not encoded/],
    ['http://CORP\\ada:secret@proxy:3128', /special character.* \\ as %5C/],
    ['CORP\\ada:secret@proxy:3128', /special character/],
    ['http://ada:sec/secret@proxy:3128', /special character/],
    ['http://ada:12/secret@proxy:3128', /special character/],
    ['http://ada:secret#1@proxy:3128', /special character/],
    ['http://ada:secret?1@proxy:3128', /special character/],
    ['http://wpad.corp/proxy-secret.pac', /PAC file/],
    ['http://wpad.corp/wpad-secret.dat', /PAC file/],
    ['http://proxy:3128/secret', /only a host and a port/],
    ['http://proxy:3128/?secret', /only a host and a port/],
  ])('%s is invalid: the error says why and does not repeat it', (value, why) => {
    const failure = (name: string): CodemieError => {
      try {
        proxyFor(url, { [name]: value });
      } catch (error) {
        return error as CodemieError;
      }
      throw new Error('it was taken');
    };
    for (const name of ['HTTPS_PROXY', 'https_proxy']) {
      expect(failure(name)).toMatchObject({ code: 'PROXY_INVALID', exit: 'config' });
      expect(failure(name).message).toContain(name);
      expect(failure(name).message).toMatch(why);
      expect(`${failure(name).message} ${failure(name).hint}`).not.toMatch(/secret|ada|CORP|wpad/);
    }
    expect(proxyFor(url, { HTTPS_PROXY: value, NO_PROXY: '*' })).toBeUndefined();
  });

  it('accepts an @ in a password: the last one ends it', () => {
    const proxy = proxyFor(url, { HTTPS_PROXY: 'http://ada:p@ss@proxy.corp:3128' });
    expect([proxy?.url.password, proxy?.url.host]).toEqual(['p%40ss', 'proxy.corp:3128']);
  });

  it('is named by host and variable, without its password', () => {
    const env = { https_proxy: 'http://ada:secret@proxy.corp:3128' };
    expect(proxyFor(url, env)?.label).toBe('proxy.corp:3128 (https_proxy)');
  });
});

describe('NO_PROXY', () => {
  it.each([
    ['https://codemie.example.com', 'example.com'],
    ['https://example.com', 'example.com'],
    ['https://codemie.example.com', '.example.com'],
    ['https://codemie.example.com', '*.example.com'],
    ['https://codemie.example.com', 'other, EXAMPLE.com.'],
    ['https://codemie.example.com.', 'codemie.example.com'],
    ['https://example.com:8443', 'example.com:8443'],
    ['https://example.com', 'example.com:443'],
    ['https://anything.at.all', 'a *'],
    ['https://10.1.2.3', '10.0.0.0/8'],
    ['https://10.1.2.3', '10.1.2.3'],
    ['https://10.1.2.3:8443', '10.1.2.3:8443'],
    ['https://[fd00::1]', 'fd00::1'],
    ['https://[fd00::1]', '[fd00:0::1]'],
    ['https://[fd00::1]:8443', '[fd00::1]:8443'],
    ['https://[fd00::1]', 'fd00::/8'],
    ['https://[fd00::1]', '[fd00::]/8'],
  ])('%s is excluded by %s', (address, list) => {
    expect(via(address, list)).toBe(false);
  });

  it.each([
    ['https://notexample.com', 'example.com'],
    ['https://example.com', 'example.com:8443'],
    ['https://11.1.2.3', '10.0.0.0/8'],
    ['https://10.1.2.3', '10.0.0.0/33'],
    ['https://10.1.2.3', '10.0.0.0/'],
    ['https://codemie.example.com', '10.0.0.0/8'],
    ['https://[fd00::2]', 'fd00::1'],
    ['https://[fd00::1]', '[fd00::1]:8443'],
    ['https://example.com', '. ,'],
  ])('%s is not excluded by %s', (address, list) => {
    expect(via(address, list)).toBe(true);
  });
});
