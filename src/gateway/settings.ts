import { createServer } from 'node:http';
import type { EffectiveSettings } from '../config/selection.ts';
import { listen, type Port } from '../net/listen.ts';
import { parseTimeout } from '../system/duration.ts';
import type { Env } from '../system/env.ts';
import { CodemieError, messageOf, usageError } from '../system/errors.ts';
import { portIn } from '../system/port.ts';

/** What fixed the port: a flag, a variable, or the port of the last start. */
export type PortSetting = '--port' | 'CODEMIE_PROXY_PORT' | 'as at the last start';

/** How to get another port. */
export const OTHER_PORT: Readonly<Record<PortSetting, Pick<Port, 'hint' | 'fix'>>> = {
  '--port': { hint: 'Use --port 0 for any free port.' },
  CODEMIE_PROXY_PORT: {
    fix: 'unset CODEMIE_PROXY_PORT',
    hint: 'A fixed port serves one run at a time: another codemie may use it. Without the variable, any free port is used.',
  },
  'as at the last start': {
    hint: 'Use --port with another port, or 0 for any free one, and give it to your editors.',
  },
};

/**
 * @returns the port set by CODEMIE_PROXY_PORT, or 0.
 * @throws USAGE if it is not a port number.
 */
export function fixedPort(env: Env): number {
  const text = env['CODEMIE_PROXY_PORT'];
  if (text === undefined || text === '') return 0;
  const port = portIn(text) ?? 0;
  if (port > 0) return port;
  throw usageError(`CODEMIE_PROXY_PORT must be a port from 1 to 65535, not "${text.slice(0, 40)}".`, {
    fix: 'unset CODEMIE_PROXY_PORT',
  });
}

/**
 * Opens the port set by CODEMIE_PROXY_PORT for a moment.
 *
 * @throws USAGE (2) if it is not a port number, GATEWAY_PORT (1) if it is in use.
 */
export async function tryFixedPort(env: Env): Promise<void> {
  const port = fixedPort(env);
  if (port === 0) return;
  const setting = 'CODEMIE_PROXY_PORT';
  const server = createServer();
  await listen(server, { port, code: 'GATEWAY_PORT', setting, ...OTHER_PORT[setting] });
  await new Promise((resolve) => server.close(resolve));
}

/**
 * @returns how long one request may wait for the platform, as in the earlier version; undefined for no limit.
 * @throws USAGE for a value that is not a duration.
 */
export function requestLimit({ CODEMIE_TIMEOUT: text = '' }: Env): number | undefined {
  if (text.trim() === '' || text.trim() === '0') return undefined;
  try {
    return parseTimeout(text, 'CODEMIE_TIMEOUT');
  } catch (error) {
    throw usageError(messageOf(error), { fix: 'unset CODEMIE_TIMEOUT' });
  }
}

/**
 * Clients encode other characters in headers in different ways, so the platform could read another project name.
 *
 * @throws PROJECT_NAME, INTEGRATION_ID (2) if the value is not valid in a header (RFC 9110 §5.5, ISO 8859-1).
 */
export function requireHeaderValues(
  { keyProvider, integration = '' }: Pick<EffectiveSettings, 'keyProvider' | 'integration'>,
  project = '',
): void {
  if (keyProvider !== undefined) return;
  if (!/^[\x20-\x7e\xa0-\xff]*$/.test(project))
    throw new CodemieError({
      code: 'PROJECT_NAME',
      message: `Project name "${quotable(project)}" is invalid: it has characters that can't be sent.`,
      hint: 'Use only a-z, 0-9, - and _ in --project or CODEMIE_PROJECT.',
    });
  if (/^[\x21-\x7e]{0,200}$/.test(integration)) return;
  throw new CodemieError({
    code: 'INTEGRATION_ID',
    message: `Integration ID "${quotable(integration)}" is invalid: use up to 200 characters without spaces.`,
    hint: 'Copy the ID from the CodeMie settings page, and pass it with --integration or CODEMIE_INTEGRATION_ID.',
  });
}

function quotable(text: string): string {
  return text.replace(/\p{Cc}/gu, ' ').slice(0, 100);
}
