// Starts the Keycloak that tests and benchmarks use.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { freePort } from './free-port.mjs';

/** Also tested with 26.7.3. */
export const KEYCLOAK_VERSION = process.env.CODEMIE_KEYCLOAK_VERSION ?? '26.5.5';
/** A file in a distribution that was built with the features that tests need. */
export const BUILT = '.built-with-features';

/**
 * A server that lives for minutes: the second compiler works on little more than the arithmetic of key pairs, which it makes
 * three times as fast (a new realm costs two key pairs, which is most of its cost).
 */
const JAVA_OPTIONS = [
  '-XX:Tier4InvocationThreshold=50000',
  '-XX:Tier4MinInvocationThreshold=6000',
  '-XX:Tier4CompileThreshold=150000',
  '-XX:Tier4BackEdgeThreshold=400000',
  // Two cores have no use for a collector with threads of its own.
  '-XX:-UseG1GC',
  '-XX:+UseSerialGC',
].join(' ');

/**
 * Starts a built distribution on loopback, in a process group of its own, and waits until it answers.
 *
 * @param home the folder of the distribution.
 * @param account the administrator of `master`.
 * @param more flags of `kc.sh start`.
 */
export async function startKeycloak(home, { username, password }, more = []) {
  const port = await freePort();
  const child = spawn(
    join(home, 'bin', 'kc.sh'),
    [
      'start',
      '--optimized',
      '--http-enabled=true',
      '--http-host=127.0.0.1',
      `--http-port=${port}`,
      `--http-management-port=${await freePort()}`,
      '--hostname-strict=false',
      ...more,
    ],
    {
      stdio: 'ignore',
      detached: true,
      env: {
        ...process.env,
        JAVA_OPTS_KC_HEAP: '-Xms256m -Xmx512m',
        JAVA_OPTS_APPEND: JAVA_OPTIONS,
        KC_BOOTSTRAP_ADMIN_USERNAME: username,
        KC_BOOTSTRAP_ADMIN_PASSWORD: password,
      },
    },
  );
  const url = `http://127.0.0.1:${port}`;
  for (let i = 0; i < 480; i += 1) {
    if (child.exitCode !== null) throw new Error(`Keycloak ended with ${child.exitCode}`);
    // Refused and 503 both mean "not yet".
    const ready = await fetch(`${url}/realms/master`).catch(() => ({ ok: false }));
    if (ready.ok) return { url, port, child };
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  process.kill(-child.pid, 'SIGTERM');
  throw new Error('Keycloak did not become ready');
}
