import { createPlatform } from '../../platform-api/client.ts';
import { type Check, fail, ok, skip, warn } from '../check.ts';

/** A platform can require a minimum version of this program, and reject every model call from an older one. */
export const modelRoutes: Check = {
  id: 'model-routes',
  title: 'Model routes',
  needsNetwork: true,
  after: ['network', 'platform', 'identity-provider', 'credential'],
  run: async (patient) => {
    const { origin, keyProvider } = patient.selection();
    const found = await patient.found();
    if (origin === undefined || found.state === 'missing') return skip('not signed in');
    if (keyProvider !== undefined) return skip(`${origin} is ${keyProvider.title}, not CodeMie`);
    const gate = await createPlatform(patient.context, origin, found.access).gate();
    switch (gate.state) {
      case 'open':
        return ok(`codemie ${CODEMIE_VERSION} is accepted`);
      case 'too-old':
        return fail(
          `${origin} doesn't accept codemie ${CODEMIE_VERSION}, so agents can't use any model there${gate.reason === undefined ? '' : `. It says: ${gate.reason}`}`,
          { fix: 'npm install -g codemie@latest' },
          {
            hint: 'If you have the newest version, ask your CodeMie administrator to lower CODEMIE_MIN_CLI_VERSION.',
          },
        );
      case 'absent':
        return warn(
          `${origin} has no model routes (HTTP 404 for /v1/models), so agents can't use any model there.`,
          { hint: 'Ask your CodeMie administrator to turn on the model proxy.' },
        );
      case 'unknown':
        return skip("the server didn't say whether it accepts this version");
    }
  },
};
