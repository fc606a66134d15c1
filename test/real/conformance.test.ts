import { describe, expect, it } from 'vitest';
import { installSuite, requiredScenarios, runScenario } from '../../scripts/conformance/suite.mjs';
import { skipped } from '../support/tools.ts';

const suite = installSuite();
const missing = 'reason' in suite ? skipped(`the MCP conformance suite: ${suite.reason}`) : undefined;
const isWhole = process.env['CODEMIE_CONFORMANCE'] === 'all';

/** How many client scenarios each revision requires, and a few that cover most of the proxy. */
const REVISIONS = [
  {
    revision: '2025-11-25',
    count: 18,
    sample: ['tools_call', 'elicitation-sep1034-client-defaults', 'auth/metadata-var2', 'auth/scope-step-up'],
  },
  {
    revision: '2026-07-28',
    count: 32,
    sample: [
      'request-metadata',
      'sep-2322-client-request-state',
      'http-custom-headers',
      'auth/pre-registration',
      'auth/iss-wrong-issuer',
      'auth/authorization-server-migration',
    ],
  },
];

describe.skipIf(missing !== undefined)('the official MCP conformance suite', () => {
  describe.each(REVISIONS)('of $revision', ({ revision, count, sample }) => {
    const required = 'reason' in suite ? [] : requiredScenarios(suite, revision);

    it(`requires ${count} scenarios`, () => {
      expect(required).toHaveLength(count);
      expect(required).toEqual(expect.arrayContaining(sample));
    });

    it.each(isWhole ? required : sample)('%s', async (scenario) => {
      if ('reason' in suite) throw new Error(suite.reason);
      const { isPassed, report } = await runScenario(suite, { scenario, revision });
      expect(isPassed, report).toBe(true);
    });
  });
});
