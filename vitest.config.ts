import { defineConfig } from 'vitest/config';

/**
 * unit: in process, loopback only. e2e: spawns the built program. real: the real keychain, browser, proxy and identity
 * provider. agents: the real coding agents. windows: the built program on Windows' Node.
 */
export default defineConfig({
  define: { CODEMIE_VERSION: JSON.stringify('1.0.0-test') },
  test: {
    // Much of what tests do is wait for other processes: two workers leave a quarter of two cores to nobody.
    maxWorkers: 3,
    reporters: [process.env['CI'] === undefined ? 'default' : 'dot'],
    // The MCP SDK warns on the console about each refresh that fails, which tests do on purpose.
    onConsoleLog: (text) => !text.startsWith('[mcp-sdk]'),
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/e2e/**', 'test/real/**', 'test/real-agents/**', 'test/windows/**'],
          testTimeout: 20_000,
        },
      },
      {
        extends: true,
        test: { name: 'e2e', include: ['test/e2e/**/*.test.ts'], testTimeout: 120_000, hookTimeout: 120_000 },
      },
      {
        extends: true,
        test: {
          name: 'real',
          include: ['test/real/**/*.test.ts'],
          globalSetup: ['test/support/keycloak-run.ts', 'test/support/postgres-run.ts'],
          testTimeout: 240_000,
          hookTimeout: 240_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'agents',
          include: ['test/real-agents/**/*.test.ts'],
          testTimeout: 240_000,
          hookTimeout: 240_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'windows',
          include: ['test/windows/**/*.test.ts'],
          globalSetup: ['test/support/windows-run.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
