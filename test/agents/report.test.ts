import { expect, it } from 'vitest';
import { SETTINGS_FILE } from '../../src/agents/adapter.ts';
import { claude } from '../../src/agents/claude.ts';
import { configReport } from '../../src/commands/agents/report.ts';
import { fixedAccess } from '../../src/credentials/keeper.ts';
import { Secret } from '../../src/system/secret.ts';
import { jwtCredential } from '../support/platform.ts';

it('--print-config masks the key of the run and the person’s own secrets, and stays JSON', () => {
  const key = new Secret('codemie-key-of-this-run');
  const origin = 'https://codemie.example';
  const header = '{"headers":{"Authorization":"Bearer abcdef123456"}}';
  const text = configReport(
    claude,
    '/bin/claude',
    {
      argv: ['--settings', SETTINGS_FILE, '--mcp-config', header],
      env: { ANTHROPIC_AUTH_TOKEN: key.reveal(), ANTHROPIC_MODEL: 'm' },
      settings: { env: { MY_API_KEY: 'mine-1', DB_PASSWORD: 'mine-2', EDITOR: 'vi', EMPTY_TOKEN: '' } },
      unattended: true,
    },
    fixedAccess(origin, jwtCredential(origin)),
    ['CODEMIE_JWT_TOKEN'],
    key,
  );
  for (const secret of [key.reveal(), 'abcdef123456', 'mine-1', 'mine-2', 'platform-token-1'])
    expect(text).not.toContain(secret);
  expect(JSON.parse(text)).toMatchObject({
    schemaVersion: 1,
    argv: ['--settings', '<settings file>', '--mcp-config', expect.stringContaining('[redacted]')],
    env: { ANTHROPIC_AUTH_TOKEN: '[key of this run]', ANTHROPIC_MODEL: 'm' },
    settings: { env: { MY_API_KEY: '[redacted]', EDITOR: 'vi', EMPTY_TOKEN: '' } },
  });
});
