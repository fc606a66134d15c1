import { uselessVariables } from '../../net/ca-variables.ts';
import { type Check, fail, ok, warn } from '../check.ts';

/** Node.js, and the variables that change how it trusts servers. */
export const runtime: Check = {
  id: 'runtime',
  title: 'Node.js',
  run: async ({ context: { env, platform } }) => {
    const [major = 0] = process.versions.node.split('.').map(Number);
    if (env['NODE_TLS_REJECT_UNAUTHORIZED'] === '0') {
      return warn(
        'NODE_TLS_REJECT_UNAUTHORIZED=0 turns off certificate checks in other programs (codemie still checks).',
        { fix: 'unset NODE_TLS_REJECT_UNAUTHORIZED' },
        { hint: 'For a company CA: export NODE_EXTRA_CA_CERTS=/path/to/ca.pem' },
      );
    }
    const [useless] = uselessVariables(env);
    if (useless !== undefined) {
      const { name, detail } = useless;
      // Node reads the other one only under some options.
      const finding = name === 'NODE_EXTRA_CA_CERTS' ? fail : warn;
      return finding(detail, { fix: `unset ${name}` }, { hint: `Or set ${name} to a file in PEM form.` });
    }
    if ((env['NODE_EXTRA_CA_CERTS'] ?? '') !== '' && major < 22) {
      return warn(
        `Node.js ${process.versions.node}; NODE_EXTRA_CA_CERTS slows down every start on Node.js 20.`,
        { hint: 'Use Node.js 22 or newer.' },
      );
    }
    return ok(`Node.js ${process.versions.node} on ${platform} ${process.arch}`);
  },
};
