import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ADAPTERS } from '../../../src/agents/adapters/table.ts';
import { temporaryFolder } from '../../support/context.ts';
import { type Person, person } from '../../support/person.ts';
import { expectShape } from '../../support/schemas.ts';

/** A machine whose npm records its arguments and then does as scripted. */
function withNpm(does: string): Person & { asked(): string } {
  const bin = temporaryFolder();
  const notes = join(bin, 'asked');
  writeFileSync(
    join(bin, 'npm'),
    `#!/bin/sh\necho "$@" >> "${notes}"\nif [ "$1" = --version ]; then echo 11.0.0; exit 0; fi\n${does}\n`,
    { mode: 0o755 },
  );
  const own = person({ env: { PATH: [bin, '/usr/bin', '/bin'].join(delimiter) } });
  return { ...own, asked: () => readFileSync(notes, 'utf8') };
}

const INSTALLS =
  'mkdir -p node_modules/.bin && : > node_modules/.bin/claude && chmod 755 node_modules/.bin/claude';

describe('install', () => {
  it('without a name, lists every agent and how to install it', async () => {
    const user = person({ env: { PATH: '/nowhere' } });
    const { agents } = expectShape<{ agents: { name: string; program: unknown }[] }>(
      'install',
      (await user.run('install --json')).stdout,
    );
    expect(agents.map(({ name, program }) => [name, program])).toEqual(
      ADAPTERS.map(({ name }) => [name, null]),
    );
    const { code, stdout } = await user.run('install');
    expect(code).toBe(0);
    for (const { name } of ADAPTERS) expect(stdout).toContain(`codemie install ${name}`);
  });

  it('installs the tested version into its own folder, and finds it there afterwards', async () => {
    const ada = withNpm(INSTALLS);
    const done = await ada.run('install claude');
    expect([done.code, done.stderr]).toEqual([0, expect.stringContaining('codemie-claude')]);
    const tried = ADAPTERS.find(({ name }) => name === 'claude')?.tried.newest;
    expect(ada.asked()).toContain(`--prefix ${join(ada.context.home, 'agents')}`);
    expect(ada.asked()).toContain(`@anthropic-ai/claude-code@${tried}`);
    const program = join(ada.context.home, 'agents', 'node_modules', '.bin', 'claude');
    expect(await ada.json('install')).toMatchObject({
      agents: expect.arrayContaining([expect.objectContaining({ program })]),
    });
  });

  it('install claude --version 99.0.0 installs that version with a notice, and does not print ours', async () => {
    const ada = withNpm(INSTALLS);
    const done = await ada.run('install claude --version 99.0.0');
    expect([done.code, done.stderr]).toEqual([0, expect.stringContaining('99.0.0')]);
    expect(ada.asked()).toContain('@anthropic-ai/claude-code@99.0.0');
  });

  it('a command without its own --version still prints codemie’s version', async () => {
    expect(await person().run('doctor --version')).toEqual({ code: 0, stdout: '1.0.0-test\n', stderr: '' });
  });

  it('shows the end of npm’s output when it fails', async () => {
    const ada = withNpm('echo "npm error 404 no such version" >&2; exit 1');
    expect(await ada.run('install claude')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/404 no such version[\s\S]*\[INSTALL_FAILED\]/),
    });
  });

  it('npm trusts the CA file of `config set ca-file`', async () => {
    const ada = withNpm(`echo "ca: $NODE_EXTRA_CA_CERTS" >> "$0.ca"; ${INSTALLS}`);
    const folder = ada.context.env['PATH']?.split(delimiter)[0] ?? '';
    const file = join(folder, 'company.pem');
    writeFileSync(file, '');
    expect(await ada.run(`config set ca-file ${file}`)).toMatchObject({ code: 0 });
    await ada.run('install claude');
    expect(readFileSync(join(folder, 'npm.ca'), 'utf8')).toBe(`ca: ${file}\n`);
  });

  it('npm trusts the CA file that codemie trusts, unless it has its own', async () => {
    const ada = withNpm(`echo "ca: $NODE_EXTRA_CA_CERTS" >> "$0.ca"; ${INSTALLS}`);
    const notes = join(ada.context.env['PATH']?.split(delimiter)[0] ?? '', 'npm.ca');
    const { env } = ada.context;
    await ada.run('install claude');
    Object.assign(env, { CODEMIE_CA_FILE: '/company.pem' });
    await ada.run('install claude');
    Object.assign(env, { NODE_EXTRA_CA_CERTS: '/own.pem' });
    await ada.run('install claude');
    expect(readFileSync(notes, 'utf8')).toBe('ca: \nca: /company.pem\nca: /own.pem\n');
  });

  it('says how to add the company’s CA when npm does not trust its registry', async () => {
    const ada = withNpm('echo "npm error code SELF_SIGNED_CERT_IN_CHAIN" >&2; exit 1');
    const { stderr } = await ada.run('install claude');
    expect(stderr).toMatch(/codemie config set ca-file company-ca\.pem/);
    expect(stderr).not.toContain('npm install -g');
  });

  it.each([
    ['install nobody', 2, '"nobody"'],
    ['install claude --version ../elsewhere', 2, '../elsewhere'],
    ['install claude', 1, '[NPM_MISSING]'],
  ])('%s exits with %d, and says %s', async (line, code, says) => {
    const user = person({ env: { PATH: '/nowhere' } });
    expect(await user.run(line)).toMatchObject({ code, stderr: expect.stringContaining(says) });
  });
});

describe('config remove-old-secrets', () => {
  const KEY = 'sk-old-0123456789abcdefghij';
  const withOldKey = (): Person & { file: string } => {
    const own = person();
    const file = join(own.context.home, 'codemie-cli.config.json');
    mkdirSync(own.context.home, { recursive: true });
    const profiles = { llm: { name: 'llm', provider: 'openai', apiKey: KEY } };
    writeFileSync(file, JSON.stringify({ version: 2, activeProfile: 'llm', profiles }), { mode: 0o600 });
    return { ...own, file };
  };

  it('asks first, then removes the key from the settings and keeps the profile', async () => {
    const ada = withOldKey();
    expect(await ada.run('config remove-old-secrets')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--yes'),
    });
    expect(readFileSync(ada.file, 'utf8')).toContain(KEY);
    const { code, stdout } = await ada.run('config remove-old-secrets --yes --json');
    expect([code, expectShape('config-remove-old-secrets', stdout)['removed']]).toEqual([
      0,
      [expect.any(String)],
    ]);
    expect(readFileSync(ada.file, 'utf8')).not.toContain(KEY);
    expect(await ada.json('profile list')).toMatchObject({ profiles: [{ name: 'llm' }] });
  });

  it('succeeds when there is nothing to remove', async () => {
    expect(await person().json('config remove-old-secrets --yes')).toMatchObject({ removed: [] });
  });
});
