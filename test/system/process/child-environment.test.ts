import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { ADAPTERS } from '../../../src/agents/adapters/table.ts';
import { agentEnvironment } from '../../../src/agents/agent-environment.ts';
import { installAgent } from '../../../src/agents/install.ts';
import { secretNames } from '../../../src/config/secret-variables.ts';
import { createContext } from '../../../src/context.ts';
import { pipelineIdentity } from '../../../src/sign-in/ci/identity-token.ts';
import { makeChildEnvironment } from '../../../src/system/process/child-environment.ts';
import { temporaryFolder, testContext } from '../../support/context.ts';
import { root } from '../../support/program.ts';

/** All our secret variables; the last two belong to unused profiles. */
const OURS: Readonly<Record<string, string>> = {
  CODEMIE_JWT_TOKEN: 'secret-jwt',
  CODEMIE_API_KEY: 'secret-key',
  CODEMIE_PASSPHRASE: 'secret-passphrase',
  CODEMIE_ID_TOKEN: 'secret-id-token',
  ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'secret-request-token',
  KEYCLOAK_ADMIN_CLIENT_SECRET: 'secret-of-the-admin-client',
  KC_BOOTSTRAP_ADMIN_PASSWORD: 'secret-of-the-administrator',
  PROD_TOKEN: 'secret-prod',
  TEAM_TOKEN: 'secret-team',
};
/** Agents pass these on to the MCP proxy. */
const FOR_MCP = { CODEMIE_MCP_CLIENT_SECRET: 'secret-client', CODEMIE_MCP_HEADERS: 'secret-header: x' };

/** A machine with three profiles, and a program with this name on PATH that records its environment. */
function machine(name: string) {
  const folder = temporaryFolder();
  const home = join(folder, '.codemie');
  mkdirSync(home, { mode: 0o700 });
  const profile = (tokenEnvVar: string) => ({ authMethod: 'jwt', jwtConfig: { tokenEnvVar } });
  const profiles = { default: {}, prod: profile('PROD_TOKEN'), team: profile('TEAM_TOKEN') };
  writeFileSync(join(home, 'codemie-cli.config.json'), JSON.stringify({ version: 2, profiles }));
  const note = join(folder, 'seen.json');
  const program = join(folder, name);
  const source = `require('node:fs').writeFileSync(${JSON.stringify(note)}, JSON.stringify(process.env)); console.log('a.b.c');`;
  writeFileSync(program, `#!${process.execPath}\n${source}`);
  chmodSync(program, 0o755);
  const env = {
    HOME: folder,
    CODEMIE_HOME: home,
    PATH: [folder, process.env['PATH']].join(delimiter),
    MINE: 'kept',
    ...OURS,
  };
  const seen = (): Record<string, string> | undefined => {
    const text = existsSync(note) ? readFileSync(note, 'utf8') : '';
    return text === '' ? undefined : JSON.parse(text);
  };
  return { env, home, program, seen };
}

const secretsIn = (env: Record<string, string> | undefined): string[] =>
  Object.values(env ?? {}).filter((value) => value.startsWith('secret-'));

describe('our secrets never reach', () => {
  it('npm or its install scripts during codemie install', async () => {
    const { env, seen } = machine('npm');
    const [claude] = ADAPTERS;
    if (claude === undefined) throw new Error('no agent');
    await expect(installAgent(testContext({ env }), claude, '1.0.0')).rejects.toMatchObject({
      code: 'INSTALL_FAILED',
    });
    expect(seen()).toMatchObject({ MINE: 'kept' });
    expect(secretsIn(seen())).toEqual([]);
  });

  it('the browser', async () => {
    const { env, program, seen } = machine('browser');
    const context = createContext({
      env: { ...env, ...FOR_MCP, BROWSER: program },
      cwd: env.HOME,
      streams: { stdin: new PassThrough(), stdout: new PassThrough(), stderr: new PassThrough() } as never,
      signal: new AbortController().signal,
      takeSignals: () => () => undefined,
      secretNames,
    });
    expect(await context.openBrowser('https://h.example/')).toBe(true);
    await expect.poll(seen).toMatchObject({ MINE: 'kept' });
    expect(secretsIn(seen())).toEqual([]);
  });

  it('Buildkite’s helper, which gets only its own token', async () => {
    const { env, seen } = machine('buildkite-agent');
    const own = { BUILDKITE: 'true', BUILDKITE_AGENT_ACCESS_TOKEN: 'its own' };
    const {
      CODEMIE_ID_TOKEN: _first,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: _second,
      ...others
    } = env as Record<string, string>;
    await pipelineIdentity(testContext({ env: { ...others, ...own } }), 'codemie');
    expect(seen()).toMatchObject({ MINE: 'kept', ...own });
    expect(secretsIn(seen())).toEqual([]);
  });

  it('an agent: neither the token of its profile nor that of another', () => {
    const { env, home } = machine('claude');
    for (const adapter of ADAPTERS) {
      const secrets = secretNames(home);
      const child = agentEnvironment({ env, platform: 'linux', adapter, feed: {}, secrets }).env;
      expect(child['MINE']).toBe('kept');
      expect(secretsIn(child), adapter.name).toEqual([]);
    }
  });

  it('an agent, but it has what its MCP proxy needs: the client secret and the headers', () => {
    const { env, home } = machine('claude');
    for (const adapter of ADAPTERS) {
      const options = { platform: 'linux' as const, adapter, feed: {}, secrets: secretNames(home) };
      const child = agentEnvironment({ env: { ...env, ...FOR_MCP }, ...options }).env;
      expect(secretsIn(child), adapter.name).toEqual(Object.values(FOR_MCP));
    }
  });
});

describe('on Windows, where variable names are case-insensitive', () => {
  /** Keeps the child, too, from starting programs in the working folder by their bare name. */
  const ALWAYS = { NoDefaultCurrentDirectoryInExePath: '1' };

  /** The name with each letter's case chosen by a fixed sequence. */
  const spelled = (name: string, seed: number): string =>
    [...name].map((letter, i) => ((seed * 31 + i * 17) % 7 < 3 ? letter.toLowerCase() : letter)).join('');

  it('withholds a variable from an agent in every spelling', () => {
    const names = [...Object.keys(OURS), 'ANTHROPIC_API_KEY', 'OPENAI_BASE_URL', 'GEMINI_API_KEY'];
    for (let seed = 0; seed < 500; seed += 1) {
      const env = Object.fromEntries(names.map((name) => [spelled(name, seed), 'secret']));
      for (const adapter of ADAPTERS) {
        const options = { platform: 'win32' as const, adapter, feed: {}, secrets: Object.keys(OURS) };
        const child = agentEnvironment({ env: { ...env, Path: 'C:\\bin' }, ...options });
        const given = ['NO_PROXY', 'NoDefaultCurrentDirectoryInExePath', 'Path', 'no_proxy'];
        expect(Object.keys(child.env).sort()).toEqual(given);
        expect([...child.removed].sort()).toEqual(Object.keys(env).sort());
      }
    }
  });

  it('sets the agent’s variables once, whatever spelling the user has', () => {
    for (let seed = 0; seed < 500; seed += 1) {
      const added = { ANTHROPIC_BASE_URL: 'ours', CODEMIE_GATEWAY_KEY: 'ours' };
      const env = Object.fromEntries(Object.keys(added).map((name) => [spelled(name, seed), 'theirs']));
      expect(makeChildEnvironment({ env, platform: 'win32', secrets: [], added }).env).toEqual({
        ...added,
        ...ALWAYS,
      });
    }
  });

  it('treats another spelling as another variable elsewhere', () => {
    const env = { codemie_jwt_token: 'a', CODEMIE_JWT_TOKEN: 'b' };
    const made = makeChildEnvironment({ env, platform: 'linux', secrets: ['CODEMIE_JWT_TOKEN'] });
    expect(made).toEqual({ env: { codemie_jwt_token: 'a' }, removed: ['CODEMIE_JWT_TOKEN'] });
  });

  it('reads NO_PROXY in any spelling', () => {
    const env = { No_Proxy: 'a.example' };
    const [adapter] = ADAPTERS;
    if (adapter === undefined) throw new Error('no agent');
    const made = agentEnvironment({ env, platform: 'win32', adapter, feed: {}, secrets: [] }).env;
    expect(made).toEqual({
      NO_PROXY: '127.0.0.1,localhost,a.example',
      no_proxy: '127.0.0.1,localhost,a.example',
      ...ALWAYS,
    });
  });
});

it('programs are started only in this folder, with an explicit environment', () => {
  const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' });
  const starters: string[] = [];
  for (const file of files.filter((name) => name.endsWith('.ts'))) {
    const source = readFileSync(join(root, 'src', file), 'utf8');
    if (!/import (?!type)[^;]*(child_process|worker_threads|node:cluster)/.test(source)) continue;
    starters.push(file.replaceAll('\\', '/'));
    const starts = source.match(/(?<![.\w])(spawn|exec|execFile|fork)(Sync)?\(/g) ?? [];
    const named = source.match(/(?<![.\w])env(?=[:,]| \})/g) ?? [];
    expect(starts, file).not.toEqual([]);
    expect(named.length, `${file} starts a program and names no environment`).toBeGreaterThanOrEqual(
      starts.length,
    );
  }
  expect(starters).toContain('system/process/child.ts');
  expect(starters.filter((file) => !file.startsWith('system/process/'))).toEqual([]);
});
