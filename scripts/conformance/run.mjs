// Runs the official MCP conformance suite against the built proxy, one scenario at a time.
//   npm run test:conformance                      all scenarios of both revisions
//   npm run test:conformance -- auth/iss tools    those whose name holds one of these words
import { installSuite, requiredScenarios, runScenario } from './suite.mjs';

const REVISIONS = ['2025-11-25', '2026-07-28'];

const words = process.argv.slice(2);
const suite = installSuite(console.error);
if ('reason' in suite) {
  console.error(`The conformance suite is not available: ${suite.reason}`);
  process.exit(1);
}
for (const revision of REVISIONS) {
  const names = requiredScenarios(suite, revision).filter(
    (name) => words.length === 0 || words.some((word) => name.includes(word)),
  );
  const began = performance.now();
  let passed = 0;
  for (const scenario of names) {
    const { isPassed, report } = await runScenario(suite, { scenario, revision });
    if (isPassed) passed += 1;
    else {
      console.log(`${revision} ${scenario} FAILED\n${report.replace(/^/gm, '    ')}`);
      process.exitCode = 1;
    }
  }
  const seconds = ((performance.now() - began) / 1000).toFixed(0);
  console.log(`${revision}: ${passed} of ${names.length} scenarios pass (${seconds} s)`);
}
