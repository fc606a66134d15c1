import { accessSync, constants } from 'node:fs';
import { type Check, fail, ok, warn } from '../check.ts';

/** Node.js, and the variables that change how it trusts servers. */
export const runtime: Check = {
  id: 'runtime',
  title: 'Node.js',
  run: async ({ context: { env, platform } }) => {
    const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
    if (major < 20 || (major === 20 && minor < 19)) {
      return fail(`Node.js ${process.versions.node} is too old; codemie needs 20.19 or newer.`, {
        hint: 'Install Node.js 22 or 24',
      });
    }
    if (env['NODE_TLS_REJECT_UNAUTHORIZED'] === '0') {
      return warn(
        'NODE_TLS_REJECT_UNAUTHORIZED=0 turns off certificate checks in other programs (codemie still checks).',
        { fix: 'unset NODE_TLS_REJECT_UNAUTHORIZED' },
        { hint: 'For a company CA: export NODE_EXTRA_CA_CERTS=/path/to/ca.pem' },
      );
    }
    const extra = env['NODE_EXTRA_CA_CERTS'];
    if (extra !== undefined && extra !== '') {
      try {
        accessSync(extra, constants.R_OK);
      } catch {
        return fail("The file in NODE_EXTRA_CA_CERTS can't be read.", { fix: 'unset NODE_EXTRA_CA_CERTS' });
      }
      if (major < 22) {
        return warn(
          `Node.js ${process.versions.node}; NODE_EXTRA_CA_CERTS slows down every start on Node.js 20.`,
          { hint: 'Use Node.js 22 or newer.' },
        );
      }
    }
    return ok(`Node.js ${process.versions.node} on ${platform} ${process.arch}`);
  },
};
