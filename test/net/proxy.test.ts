import { describe, expect, it } from 'vitest';
import { proxyUrl } from '../../src/net/proxy.ts';
import type { CodemieError } from '../../src/system/errors.ts';

const url = new URL('https://codemie.example.com/');
const via = (address: string, NO_PROXY: string): boolean =>
  proxyUrl(new URL(address), { HTTPS_PROXY: 'http://proxy:3128', NO_PROXY }) !== undefined;

describe('the proxy the environment names', () => {
  it.each([
    ['proxy.corp:3128', 'http://proxy.corp:3128/'],
    ['ada:secret@proxy.corp:3128', 'http://ada:secret@proxy.corp:3128/'],
    ['https://proxy.corp', 'https://proxy.corp/'],
    [' http://[fd00::1]:3128 ', 'http://[fd00::1]:3128/'],
  ])('%s', (value, address) => {
    expect(proxyUrl(url, { HTTPS_PROXY: value })).toBe(address);
    expect(proxyUrl(url, { https_proxy: value, HTTPS_PROXY: 'http://other' })).toBe(address);
    expect(proxyUrl(new URL('https://127.0.0.1:1'), { HTTPS_PROXY: value })).toBeUndefined();
  });

  it.each(['not a url', 'http://u:p%zz-secret@proxy:1', 'socks5://proxy:1', 'http://', 'http://proxy:99999'])(
    '%s names none, and is not repeated',
    (value) => {
      const failure = (name: string): CodemieError => {
        try {
          proxyUrl(url, { [name]: value });
        } catch (error) {
          return error as CodemieError;
        }
        throw new Error('it was taken');
      };
      for (const name of ['HTTPS_PROXY', 'https_proxy']) {
        expect(failure(name)).toMatchObject({ code: 'PROXY_INVALID', exit: 'config' });
        expect(failure(name).message).toContain(name);
        expect(failure(name).message).not.toContain('secret');
      }
      expect(proxyUrl(url, { HTTPS_PROXY: value, NO_PROXY: '*' })).toBeUndefined();
    },
  );
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
  ])('%s is left out by %s', (address, list) => {
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
  ])('%s is not by %s', (address, list) => {
    expect(via(address, list)).toBe(true);
  });
});
