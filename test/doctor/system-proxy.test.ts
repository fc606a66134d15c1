import { describe, expect, it } from 'vitest';
import { settingsOf } from '../../src/config/effective.ts';
import type { DoctorContext } from '../../src/doctor/check.ts';
import { network } from '../../src/doctor/checks/network.ts';
import { proxyAdvice, type SystemProxy, systemProxy } from '../../src/doctor/system-proxy.ts';
import { testContext } from '../support/context.ts';

const SCUTIL = (lines: string): string => `<dictionary> {
  ExceptionsList : <array> {
    0 : *.local
    1 : 169.254/16
  }
${lines}
}
`;
const REGISTRY = (lines: string): string =>
  `\r\nHKEY_CURRENT_USER\\Software\\Microsoft\\Windows\\CurrentVersion\\Internet Settings\r\n    MigrateProxy    REG_DWORD    0x1\r\n${lines
    .split('\n')
    .map((line) => `    ${line}\r\n`)
    .join('')}\r\n`;

describe.each([
  [
    'darwin',
    '/usr/sbin/scutil --proxy',
    SCUTIL,
    {
      'a proxy': '  HTTPSEnable : 1\n  HTTPSPort : 8080\n  HTTPSProxy : proxy.example.com',
      'a proxy that is off': '  HTTPSEnable : 0\n  HTTPSPort : 8080\n  HTTPSProxy : proxy.example.com',
      'a script':
        '  ProxyAutoConfigEnable : 1\n  ProxyAutoConfigURLString : http://pac.example.com/proxy.pac',
      'a script that is off':
        '  ProxyAutoConfigEnable : 0\n  ProxyAutoConfigURLString : http://pac.example.com/proxy.pac',
      nothing: '  FTPPassive : 1',
      'a proxy that no shell should see': '  HTTPSEnable : 1\n  HTTPSPort : 1\n  HTTPSProxy : $(rm)',
    },
  ],
  [
    'win32',
    'D:\\Windows\\System32\\reg.exe query HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Internet Settings',
    REGISTRY,
    {
      'a proxy': 'ProxyEnable    REG_DWORD    0x1\nProxyServer    REG_SZ    proxy.example.com:8080',
      'a proxy for each protocol':
        'ProxyEnable    REG_DWORD    0x1\nProxyServer    REG_SZ    http=other:80;https=proxy.example.com:8080',
      'a proxy that is off':
        'ProxyEnable    REG_DWORD    0x0\nProxyServer    REG_SZ    proxy.example.com:8080',
      'a script': 'AutoConfigURL    REG_SZ    http://pac.example.com/proxy.pac',
      nothing: 'ProxyEnable    REG_DWORD    0x0',
      'a proxy that no shell should see': 'ProxyEnable    REG_DWORD    0x1\nProxyServer    REG_SZ    a&calc',
    },
  ],
] as const)('the network settings of %s', (platform, command, printed, cases) => {
  it.each(Object.entries(cases))('name %s', async (what, lines) => {
    const asked: string[] = [];
    const context = testContext({ env: { SystemRoot: 'D:\\Windows' }, override: { platform } });
    const found = await systemProxy(context, async (program, args) => {
      asked.push([program, ...args].join(' '));
      return printed(lines);
    });
    expect(asked).toEqual([command]);
    const wanted: Record<string, SystemProxy> = {
      'a proxy': { server: 'proxy.example.com:8080' },
      'a proxy for each protocol': { server: 'proxy.example.com:8080' },
      'a script': { script: 'http://pac.example.com/proxy.pac' },
    };
    expect(found).toEqual(wanted[what]);
  });

  it('are nothing that doctor fails over', async () => {
    const context = testContext({ override: { platform } });
    const broken = () => Promise.reject(new Error('not there'));
    expect(await systemProxy(context, broken)).toBeUndefined();
  });
});

describe('a platform that cannot be reached, on a computer whose browser uses a proxy', () => {
  const check = (system: SystemProxy) => {
    const context = testContext();
    const patient = {
      context,
      selection: () => settingsOf(context, { baseUrl: 'https://no-such-name.invalid' }),
      systemProxy: async () => system,
    };
    return network.run(patient as unknown as DoctorContext, new AbortController().signal);
  };

  it('the command sets that proxy', async () => {
    const server = 'proxy.example.com:8080';
    expect(proxyAdvice({ server }).fix).toBe('export HTTPS_PROXY=http://proxy.example.com:8080');
    expect((await check({ server })).advice?.[0]).toEqual(proxyAdvice({ server }));
  });

  it('a script is named, with what to do about it', async () => {
    const [advice] = (await check({ script: 'http://pac.example.com/proxy.pac' })).advice ?? [];
    expect(advice?.hint).toMatch(/a proxy script, http:\/\/pac\.example\.com\/proxy\.pac\..*set HTTPS_PROXY/);
  });
});
