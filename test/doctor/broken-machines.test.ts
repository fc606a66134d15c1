import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { Chalk } from 'chalk';
import { describe, expect, it } from 'vitest';
import { configPath } from '../../src/config/file.ts';
import type { Diagnosis } from '../../src/doctor/examine.ts';
import { doctorText } from '../../src/doctor/report.ts';
import { systemClock } from '../../src/system/clock.ts';
import { badNetwork } from '../support/bad-network.ts';
import {
  envOf,
  expired,
  fromVariables,
  type Machine,
  says,
  set,
  settings,
  signedInWith,
  somebody,
  typeCommand,
  withField,
} from '../support/broken-machine.ts';
import { temporaryFolder } from '../support/context.ts';
import { sandboxFor } from '../support/person.ts';
import { platformJwt, realPlatform } from '../support/real-platform.ts';
import { signedInBefore } from '../support/replaced-platform.ts';
import { expectShape } from '../support/schemas.ts';
import { noOpenssl, tlsServer } from '../support/tls-server.ts';
import { tunnelProxy } from '../support/tunnel-proxy.ts';

/** A machine that people had, and what a network engineer would say is wrong with it. */
interface Broken {
  readonly machine: () => Promise<Machine> | Machine;
  /** The check that is the cause; null if the machine works apart from a warning. */
  readonly cause: string | null;
  /** In the detail of that check, or of the warning. */
  readonly says: RegExp;
  /** The check that warns, where there is no cause. */
  readonly warns?: string;
  /** The command that is printed. The test runs it, and then the machine is well. */
  readonly fix?: RegExp;
  /** Where no command helps: who or what does. */
  readonly hint?: RegExp;
  /** Nothing in a test can run it: an installation, a wizard. */
  readonly isElsewhere?: true;
  /** The cause that is left after the command: e.g. nothing is set up after a reset. */
  readonly leaves?: string;
}

const MACHINES: Readonly<Record<string, Broken>> = {
  'an expired CODEMIE_JWT_TOKEN over a good sign-in': {
    machine: async () => set(await signedInWith(), 'CODEMIE_JWT_TOKEN', platformJwt({ exp: 1_700_000_000 })),
    cause: 'credential',
    says: /CODEMIE_JWT_TOKEN expired/,
    fix: /^unset CODEMIE_JWT_TOKEN$/,
  },
  'a token that is no token over a good sign-in': {
    machine: async () => set(await signedInWith(), 'CODEMIE_JWT_TOKEN', 'null'),
    cause: 'credential',
    says: /CODEMIE_JWT_TOKEN/,
    fix: /^unset CODEMIE_JWT_TOKEN$/,
  },
  'a host name that nobody knows': {
    machine: () => fromVariables({ CODEMIE_URL: 'https://no-such-name.invalid' }),
    cause: 'network',
    says: /Couldn't find no-such-name\.invalid/,
    hint: /spelling.*CodeMie administrator/,
  },
  'a port where nothing listens': {
    machine: () => fromVariables({ CODEMIE_URL: 'http://127.0.0.1:1' }),
    cause: 'network',
    says: /Couldn't reach 127\.0\.0\.1:1 \(ECONNREFUSED\)/,
    hint: /VPN.*CodeMie administrator/,
  },
  'a proxy that is down': {
    machine: () =>
      fromVariables({ CODEMIE_URL: 'https://codemie.example', HTTPS_PROXY: 'http://127.0.0.1:1' }),
    cause: 'network',
    says: /127\.0\.0\.1:1 \(HTTPS_PROXY\)/,
    hint: /HTTPS_PROXY.*network administrator/,
  },
  'a proxy in a variable of lower case': {
    machine: () => fromVariables({ CODEMIE_URL: 'https://codemie.example', https_proxy: '127.0.0.1:1' }),
    cause: 'network',
    says: /127\.0\.0\.1:1 \(https_proxy\)/,
    hint: /https_proxy/,
  },
  'a proxy whose name nobody knows': {
    machine: () =>
      fromVariables({
        CODEMIE_URL: 'https://codemie.example',
        HTTPS_PROXY: 'http://no-such-proxy.invalid:3128',
      }),
    cause: 'network',
    says: /no-such-proxy\.invalid.*HTTPS_PROXY/,
    hint: /HTTPS_PROXY.*network administrator/,
  },
  'a proxy that refuses': {
    machine: async () => {
      const { host } = await badNetwork('answers 403');
      return fromVariables({ CODEMIE_URL: 'https://codemie.example', HTTPS_PROXY: `http://${host}` });
    },
    cause: 'network',
    says: /HTTPS_PROXY.*403/,
    hint: /HTTPS_PROXY.*network administrator/,
  },
  'a proxy that never answers': {
    machine: async () => {
      const { host } = await badNetwork('never answers');
      return fromVariables({ CODEMIE_URL: 'https://codemie.example', HTTPS_PROXY: `http://${host}` });
    },
    cause: 'network',
    says: /proxy .* \(HTTPS_PROXY\) did not answer/,
    hint: /HTTPS_PROXY.*network administrator/,
  },
  'a proxy of a kind that is not supported': {
    machine: () =>
      fromVariables({ CODEMIE_URL: 'https://codemie.example', HTTPS_PROXY: 'socks5://127.0.0.1:1080' }),
    cause: 'network',
    says: /HTTPS_PROXY: it must start with http/,
    hint: /export HTTPS_PROXY=http:\/\//,
  },
  'settings that are not valid JSON': {
    machine: async () => settings(await signedInWith(), (text) => text.slice(0, -5)),
    cause: 'config',
    says: /codemie-cli\.config\.json isn't valid JSON \(line/,
    fix: /^codemie config reset$/,
    leaves: 'config',
  },
  'a setting of the wrong type': {
    machine: async () => withField(await signedInWith(), 'codeMieProject', 7),
    cause: 'config',
    says: /codeMieProject/,
    fix: /^codemie config reset$/,
    leaves: 'config',
  },
  'settings of a newer codemie': {
    machine: async () =>
      settings(await signedInWith(), (text) => text.replace('"version": 2', '"version": 99')),
    cause: 'config',
    says: /newer/,
    fix: /^npm install -g codemie@latest$/,
    isElsewhere: true,
  },
  'settings that are a folder': {
    machine: async () => {
      const ada = await signedInWith();
      rmSync(configPath(ada.context.home));
      mkdirSync(configPath(ada.context.home));
      return ada;
    },
    cause: 'config',
    says: /codemie-cli\.config\.json can't be read \(EISDIR\)/,
    hint: /move it away/,
  },
  'nothing set up': {
    machine: () => somebody(),
    cause: 'config',
    says: /Nothing is set up/,
    fix: /^codemie setup$/,
    isElsewhere: true,
  },
  'nobody signed in': {
    machine: async () => somebody({ env: { CODEMIE_URL: (await sandboxFor()).url } }),
    cause: 'credential',
    says: /not signed in/,
    fix: /^codemie profile login --url http:\/\/127\.0\.0\.1:\d+$/,
  },
  'a clock two hours behind': {
    machine: () => signedInWith({}, { fault: 'clock-skew', value: 7200 }),
    cause: 'clock',
    says: /7200 s behind|7199 s behind/,
    fix: /timedatectl set-ntp true|sntp|w32tm/,
    isElsewhere: true,
  },
  'a clock in the past on this side': {
    machine: async () => {
      const clock = { ...systemClock, now: () => Date.now() };
      const ada = await signedInWith({ override: { clock } });
      clock.now = () => Date.now() - 86_400_000;
      return ada;
    },
    cause: 'clock',
    says: /(?:86400|86399) s behind/,
    fix: /timedatectl|sntp|w32tm/,
  },
  'no D-Bus session, so no keychain': {
    machine: async () => {
      const ada = await signedInWith({ store: 'keychain' });
      const broken = async () => Promise.reject(new Error('Cannot autolaunch D-Bus without X11 $DISPLAY'));
      const module = { getPassword: broken, setPassword: broken, deletePassword: broken };
      Object.assign(ada.context, { loadKeychain: async () => module });
      set(ada, 'CODEMIE_PASSPHRASE', 'a good long passphrase');
      return ada;
    },
    cause: 'secret-store',
    says: /no D-Bus session/,
    fix: /^codemie profile login --url \S+ --store encrypted-file$/,
  },
  'a keychain that is locked': {
    machine: async () => {
      const ada = await signedInWith({ store: 'keychain' });
      const broken = async () => Promise.reject(new Error('Cannot get secret of a locked object'));
      const module = { getPassword: broken, setPassword: broken, deletePassword: broken };
      Object.assign(ada.context, { loadKeychain: async () => module });
      return ada;
    },
    cause: 'secret-store',
    says: /keychain is locked/,
    fix: /gnome-keyring-daemon --unlock|security unlock-keychain/,
    isElsewhere: true,
  },
  'no passphrase for the encrypted file': {
    machine: async () => {
      const env = { CODEMIE_PASSPHRASE: 'a good long passphrase' };
      const ada = await signedInWith({ env, store: 'encrypted-file' });
      delete envOf(ada)['CODEMIE_PASSPHRASE'];
      return ada;
    },
    cause: 'secret-store',
    says: /passphrase/i,
    hint: /CODEMIE_PASSPHRASE/,
  },
  'a wrong passphrase': {
    machine: async () => {
      const env = { CODEMIE_PASSPHRASE: 'a good long passphrase' };
      const ada = await signedInWith({ env, store: 'encrypted-file' });
      return set(ada, 'CODEMIE_PASSPHRASE', 'another long passphrase');
    },
    cause: 'secret-store',
    says: /Wrong passphrase/,
    fix: /^codemie profile login /,
  },
  'a credential file that was cut': {
    machine: async () => {
      const env = { CODEMIE_PASSPHRASE: 'a good long passphrase' };
      const ada = await signedInWith({ env, store: 'encrypted-file' });
      const folder = join(ada.context.home, 'credentials');
      for (const name of readdirSync(folder)) writeFileSync(join(folder, name), '{"v":1,');
      return ada;
    },
    cause: 'secret-store',
    says: /file is damaged/,
    fix: /^codemie profile login /,
  },
  'a session that the server ended': {
    machine: async () => expired(await signedInWith({}, { fault: 'revoke-session' })),
    cause: 'credential',
    says: /session has expired/,
    fix: /^codemie profile login/,
  },
  'a platform that answers 503': {
    machine: () => signedInBefore({ answers: says(503, 'text/html', 'down') }),
    cause: 'platform',
    says: /answered HTTP 503/,
    hint: /administrator|few minutes/,
  },
  'a platform that fails for whoever is signed in': {
    machine: () => signedInWith({}, { fault: '500' }),
    cause: 'platform',
    says: /answered HTTP 500 for \/v1\/user/,
    hint: /CodeMie administrator/,
  },
  'an identity provider that answers 500, and a token that has expired': {
    machine: async () => expired(await signedInWith({}, { fault: '500', route: 'token' })),
    cause: 'identity-provider',
    says: /can't refresh it now.*HTTP 500/,
    hint: /administrator of your identity provider/,
  },
  'an identity provider that is down, and a token that is good': {
    machine: async () => {
      const ada = await signedInWith();
      const { http } = ada.context;
      const down: typeof http = async (request) =>
        request.url.includes('openid-configuration')
          ? { status: 503, headers: {}, setCookie: [], body: Buffer.from('') }
          : http(request);
      Object.assign(ada.context, { http: down });
      return ada;
    },
    cause: null,
    warns: 'identity-provider',
    says: /answered HTTP 503\. When your access token expires/,
    hint: /administrator of your identity provider/,
  },
  'a captive portal that redirects': {
    machine: () =>
      signedInBefore({ answers: says(302, 'text/html', '', { location: 'http://portal.example/login' }) }),
    cause: 'platform',
    says: /redirects to portal\.example.*captive portal/,
    hint: /sign in to the network/,
  },
  'a captive portal that answers with its page': {
    machine: () =>
      signedInBefore({
        answers: says(200, 'text/html', '<html><h1>Hotel Wi-Fi</h1><input type="password"></html>'),
      }),
    cause: 'platform',
    says: /captive portal/,
    hint: /sign in to the network/,
  },
  'a captive portal that answers 511': {
    machine: () => signedInBefore({ answers: says(511, 'text/html', '<html>Log in</html>') }),
    cause: 'platform',
    says: /captive portal/,
    hint: /sign in to the network/,
  },
  'a captive portal, and a token that has expired': {
    machine: async () =>
      expired(
        await signedInBefore({
          answers: says(302, 'text/html', '', { location: 'http://portal.example/login' }),
        }),
      ),
    cause: 'platform',
    says: /captive portal/,
    hint: /sign in to the network/,
  },
  'a web page in place of the platform': {
    machine: () => signedInBefore({ answers: says(200, 'text/html', '<!doctype html><p>Welcome') }),
    cause: 'platform',
    says: /is not a CodeMie server: it answered \S*\/v1\/info with a web page/,
    hint: /copy its URL/,
  },
  'an address of another program': {
    machine: () => signedInBefore({ answers: says(404, 'application/json', '{}') }),
    cause: 'platform',
    says: /is not a CodeMie server: it answered HTTP 404 for \/code-assistant-api\/v1\/info/,
    hint: /copy its URL/,
  },
  'an apiUrl that is wrong': {
    machine: async () => {
      const ada = await signedInWith();
      return withField(ada, 'apiUrl', `${ada.url}/old-api`);
    },
    cause: 'platform',
    says: /HTTP 404 for \/old-api\/v1\/info/,
    fix: /^codemie profile login --url /,
  },
  'a platform that never answers': {
    machine: () => signedInBefore({ treats: (socket) => void socket.resume() }),
    cause: 'platform',
    says: /did not answer within/,
    hint: /administrator/,
  },
  'a platform that closes connections': {
    machine: () => signedInBefore({ treats: (socket) => void socket.once('data', () => socket.destroy()) }),
    cause: 'platform',
    says: /closed the connection/,
    hint: /administrator/,
  },
  'CODEMIE_URL of another platform': {
    machine: async () => set(await signedInWith(), 'CODEMIE_URL', 'http://127.0.0.1:1'),
    cause: 'network',
    says: /ECONNREFUSED/,
    fix: /^unset CODEMIE_URL$/,
  },
  'CODEMIE_URL of a platform where nobody signed in': {
    machine: async () => set(await signedInWith(), 'CODEMIE_URL', (await realPlatform()).url),
    cause: 'credential',
    says: /not signed in/,
    fix: /^unset CODEMIE_URL$/,
  },
  'CODEMIE_PROFILE that names no profile': {
    machine: async () => set(await signedInWith(), 'CODEMIE_PROFILE', 'nowhere'),
    cause: 'config',
    says: /"nowhere" \(named by CODEMIE_PROFILE\)/,
    fix: /^unset CODEMIE_PROFILE$/,
  },
  'CODEMIE_PROVIDER of another program': {
    machine: async () => set(await signedInWith(), 'CODEMIE_PROVIDER', 'litellm'),
    cause: 'config',
    says: /CODEMIE_PROVIDER|litellm/i,
    fix: /^unset CODEMIE_PROVIDER$/,
  },
  'settings of a folder that nobody trusted': {
    machine: async () => {
      const ada = await signedInWith({ override: { cwd: temporaryFolder() } });
      mkdirSync(join(ada.context.cwd, '.git'));
      writeFileSync(join(ada.context.cwd, '.env'), 'CODEMIE_URL=https://evil.example\n');
      return ada;
    },
    cause: null,
    warns: 'config',
    says: /CODEMIE_URL/,
    fix: /^codemie config trust$/,
    hint: /[Oo]nly if you trust/,
    isElsewhere: true,
  },
  'a lock that a killed run left behind': {
    machine: async () => {
      const ada = await signedInWith();
      mkdirSync(join(ada.context.home, 'locks'), { recursive: true });
      writeFileSync(join(ada.context.home, 'locks', 'credential.lock'), '{"pid":999999}');
      return ada;
    },
    cause: null,
    warns: 'credential',
    says: /plain/i,
  },
  'settings that others can read': {
    machine: async () => {
      const ada = await signedInWith();
      chmodSync(configPath(ada.context.home), 0o666);
      return ada;
    },
    cause: null,
    warns: 'config',
    says: /can be read by other users/,
    fix: /^chmod 600 /,
  },
  'a home that others can enter': {
    machine: async () => {
      const ada = await signedInWith();
      chmodSync(ada.context.home, 0o755);
      return ada;
    },
    cause: null,
    warns: 'home',
    says: /open to other users/,
    fix: /^chmod 700 /,
  },
  'an agent that is older than the tested versions': {
    machine: async () => withAgent(await signedInWith(), '1.0.0'),
    cause: null,
    warns: 'agent',
    says: /older than the tested version/,
    fix: /^npm install -g @anthropic-ai\/claude-code@latest$/,
    isElsewhere: true,
  },
  'an agent that is not executable': {
    machine: async () => {
      const ada = withAgent(await signedInWith(), '2.1.330');
      chmodSync(join(ada.context.userHome, 'claude', 'cli.js'), 0o644);
      return ada;
    },
    cause: null,
    warns: 'agent',
    says: /isn't executable/,
    fix: /^chmod \+x /,
  },
  'CODEMIE_MODEL that is gone': {
    machine: () => signedInWith({ env: { CODEMIE_MODEL: 'claude-sonnet-4-7' } }),
    cause: 'choices',
    says: /"claude-sonnet-4-7" isn't available to you.*Did you mean claude-sonnet-4-6/,
    fix: /^unset CODEMIE_MODEL$/,
  },
  'CODEMIE_PROJECT that is gone': {
    machine: () => signedInWith({ env: { CODEMIE_PROJECT: 'nowhere' } }),
    cause: 'choices',
    says: /"nowhere" isn't available to you/,
    fix: /^unset CODEMIE_PROJECT$/,
  },
  'a model of the profile that is gone': {
    machine: async () => withField(await signedInWith(), 'model', 'gpt-4.2'),
    cause: 'choices',
    says: /"gpt-4\.2" isn't available to you/,
    fix: /^codemie setup --yes --url \S+ --model gpt-4\.1$/,
  },
  'a project of the profile that is gone': {
    machine: async () => withField(await signedInWith(), 'codeMieProject', 'closed'),
    cause: 'choices',
    says: /"closed" isn't available to you/,
    fix: /^codemie profile login --url \S+ --project /,
  },
  'TMPDIR that does not exist': {
    machine: () => signedInWith({ env: { TMPDIR: '/nowhere/tmp' } }),
    cause: 'home',
    says: /\/nowhere\/tmp \(TMPDIR\): it doesn't exist/,
    fix: /^unset TMPDIR$/,
  },
  'CODEMIE_HOME that cannot be written': {
    machine: async () => {
      const { url } = await realPlatform();
      return fromVariables({ CODEMIE_URL: url, CODEMIE_HOME: '/proc/self' });
    },
    cause: 'home',
    says: /can't write to its folder \/proc\/self/,
    fix: /^unset CODEMIE_HOME$/,
    isElsewhere: true,
  },
  'a home that is a file': {
    machine: async () => {
      const { url } = await realPlatform();
      const ada = fromVariables({ CODEMIE_URL: url });
      delete envOf(ada)['CODEMIE_HOME'];
      writeFileSync(ada.context.home, '');
      return ada;
    },
    cause: 'home',
    says: /it is not a folder/,
    fix: /^mv /,
  },
  'CODEMIE_PROVIDER with a name that does not exist': {
    machine: () => signedInWith({ env: { CODEMIE_PROVIDER: 'bedrok' } }),
    cause: 'config',
    says: /Unknown provider "bedrok"/,
    fix: /^unset CODEMIE_PROVIDER$/,
  },
  'CODEMIE_AUTH_METHOD with a word that does not exist': {
    machine: async () => set(await signedInWith({}), 'CODEMIE_AUTH_METHOD', 'kerberos'),
    cause: 'config',
    says: /Unknown sign-in method "kerberos"/,
    fix: /^unset CODEMIE_AUTH_METHOD$/,
  },
  'CODEMIE_PROXY_PORT that is no port': {
    machine: () => signedInWith({ env: { CODEMIE_PROXY_PORT: 'http' } }),
    cause: 'environment',
    says: /must be a port/,
    fix: /^unset CODEMIE_PROXY_PORT$/,
  },
  'CODEMIE_TIMEOUT that is no duration': {
    machine: () => signedInWith({ env: { CODEMIE_TIMEOUT: 'soon' } }),
    cause: 'environment',
    says: /CODEMIE_TIMEOUT/,
    fix: /^unset CODEMIE_TIMEOUT$/,
  },
  'a home whose links lead in a circle': {
    machine: async () => {
      const { url } = await realPlatform();
      const ada = fromVariables({ CODEMIE_URL: url });
      delete envOf(ada)['CODEMIE_HOME'];
      symlinkSync(ada.context.home, ada.context.home);
      return ada;
    },
    cause: 'home',
    says: /links lead in a circle/,
    fix: /^mv /,
  },
  'certificate checks switched off, and a host name that nobody knows': {
    machine: () =>
      fromVariables({ CODEMIE_URL: 'https://no-such-name.invalid', NODE_TLS_REJECT_UNAUTHORIZED: '0' }),
    cause: 'network',
    says: /Couldn't find no-such-name\.invalid/,
    hint: /spelling/,
  },
};

/** Machines whose platform has a certificate. */
const WITH_CERTIFICATES: Readonly<Record<string, Broken>> = {
  'a certificate of the company that nobody trusts': {
    machine: async () => fromVariables({ CODEMIE_URL: (await tlsServer(90)).url }),
    cause: 'tls',
    says: /isn't trusted .*issued by "x"/,
    hint: /codemie config set ca-file/,
  },
  'a proxy that is down, and that nothing here needs': {
    machine: async () => {
      const { url, file } = await tlsServer(90, { names: 'IP:0.0.0.0' });
      const env = { CODEMIE_URL: url.replace('127.0.0.1', '0.0.0.0'), CODEMIE_CA_FILE: file };
      return fromVariables({ ...env, HTTPS_PROXY: 'http://127.0.0.1:1' });
    },
    cause: 'network',
    says: /127\.0\.0\.1:1 \(HTTPS_PROXY\)/,
    fix: /^unset HTTPS_PROXY$/,
  },
  'NO_PROXY that keeps the platform from the proxy it needs': {
    machine: async () => {
      const { url, file } = await tlsServer(90, { names: 'DNS:codemie.invalid' });
      const proxy = await tunnelProxy(Number(new URL(url).port));
      const env = { CODEMIE_URL: 'https://codemie.invalid', CODEMIE_CA_FILE: file, HTTPS_PROXY: proxy };
      return fromVariables({ ...env, NO_PROXY: 'localhost, .invalid,10.0.0.0/8' });
    },
    cause: 'network',
    says: /Couldn't find codemie\.invalid/,
    fix: /^export NO_PROXY=localhost,10\.0\.0\.0\/8$/,
    hint: /^NO_PROXY keeps codemie\.invalid from the proxy in HTTPS_PROXY, and it answers through that proxy\./,
  },
  'a certificate for another name': {
    machine: async () => {
      const { url, file } = await tlsServer(90, { names: 'DNS:other.example' });
      return fromVariables({ CODEMIE_URL: url, CODEMIE_CA_FILE: file });
    },
    cause: 'tls',
    says: /certificate for another name .*it is for DNS:other\.example/,
    hint: /name.*administrator/,
  },
  'a certificate that has expired': {
    machine: async () => {
      const { url, file } = await tlsServer(-1, { issuer: 'authority' });
      return fromVariables({ CODEMIE_URL: url, CODEMIE_CA_FILE: file });
    },
    cause: 'tls',
    says: /has expired/,
    hint: /administrator of that server/,
  },
  'CODEMIE_CA_FILE that does not exist': {
    machine: async () => {
      const { url } = await tlsServer(90);
      return fromVariables({ CODEMIE_URL: url, CODEMIE_CA_FILE: '/nowhere/ca.pem' });
    },
    cause: 'tls',
    says: /\/nowhere\/ca\.pem/,
    fix: /^unset CODEMIE_CA_FILE$/,
    leaves: 'tls',
  },
  'a port that is open and speaks no TLS': {
    machine: async () => fromVariables({ CODEMIE_URL: `https://${(await badNetwork('closes')).host}` }),
    cause: 'tls',
    says: /closed the connection/,
    hint: /no certificate was sent/,
  },
};

/** Claude Code as npm installs it. */
function withAgent<Somebody extends Machine>(machine: Somebody, version: string): Somebody {
  const folder = join(machine.context.userHome, 'claude');
  const bin = join(machine.context.userHome, 'bin');
  for (const path of [folder, bin]) mkdirSync(path, { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: '@anthropic-ai/claude-code', version }));
  writeFileSync(join(folder, 'cli.js'), '', { mode: 0o755 });
  if (!existsSync(join(bin, 'claude'))) symlinkSync(join(folder, 'cli.js'), join(bin, 'claude'));
  return set(machine, 'PATH', [bin, '/nowhere'].join(delimiter));
}

/** Commands that only say what is wrong lead nowhere from here. */
const IN_A_CIRCLE = /codemie (?:doctor|profile status)\b/;

describe('codemie doctor on a broken machine', () => {
  const all = { ...MACHINES, ...(noOpenssl === undefined ? WITH_CERTIFICATES : {}) };

  it.each(Object.entries(all))('%s', async (_what, { machine, cause, warns, leaves = null, ...wanted }) => {
    const own = await machine();
    const { stdout, code } = await own.run('doctor --json');
    const found = expectShape<Diagnosis & Record<string, unknown>>('doctor', stdout);
    expect([found.cause, code], stdout).toEqual([cause, cause === null ? 0 : 1]);
    const check = found.checks.find(({ id }) => id === (cause ?? warns));
    expect([check?.status, check?.detail]).toEqual([
      cause === null ? 'warn' : 'fail',
      expect.stringMatching(wanted.says),
    ]);
    const advice = found.checks.flatMap((one) => [...one.fix, ...one.hints]);
    expect(advice.filter((text) => IN_A_CIRCLE.test(text))).toEqual([]);
    const [command] = check?.fix ?? [];
    if (wanted.fix !== undefined) expect(command).toMatch(wanted.fix);
    else expect(command).toBeUndefined();
    if (wanted.hint !== undefined) expect(check?.hints.join(' ')).toMatch(wanted.hint);
    if (cause !== null) {
      const [, , problem, wayOut] = doctorText(found, new Chalk({ level: 0 })).split('\n');
      expect([problem, wayOut]).toEqual([
        expect.stringMatching(/^Problem: /),
        expect.stringMatching(command === undefined ? /^Hint: / : /^Fix: /),
      ]);
    }
    if (command === undefined || wanted.isElsewhere === true) return;
    await typeCommand(own, command);
    const again = JSON.parse((await own.run('doctor --json')).stdout) as Diagnosis;
    expect(again.cause, JSON.stringify(again.checks)).toBe(leaves);
    const rest = again.checks.find(({ id }) => id === (cause ?? warns));
    expect(rest?.detail).not.toMatch(wanted.says);
  });
});
