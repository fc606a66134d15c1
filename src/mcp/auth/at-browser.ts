import type { Readable } from 'node:stream';
import type { Context } from '../../context.ts';
import { formatSpan } from '../../system/duration.ts';
import { McpError } from '../errors.ts';
import type { McpLog } from '../log.ts';
import type { McpSettings } from '../settings.ts';
import { browserSafe } from './browser-safe.ts';

export interface AtBrowserOptions {
  readonly context: Pick<Context, 'clock' | 'openBrowser' | 'terminal' | 'signal'>;
  readonly settings: McpSettings;
  readonly log: McpLog;
  /** Where a person may paste the address that the browser came back with. */
  readonly paste?: Readable | undefined;
  /** Ends the wait. */
  readonly closed: AbortSignal;
}

/**
 * Shows a person the sign-in page and waits for what comes back. Their time counts from opening the page.
 *
 * @throws MCP_SIGN_IN_TIMED_OUT.
 */
export async function atBrowser<T>(options: AtBrowserOptions, page: URL, callback: Promise<T>): Promise<T> {
  const { context, settings, closed } = options;
  const { url, timeoutMs } = settings;
  const over = new AbortController();
  void present(options, page);
  const limit = context.clock
    .sleep(timeoutMs, AbortSignal.any([context.signal, closed, over.signal]))
    .then((): never => {
      throw new McpError(
        'MCP_SIGN_IN_TIMED_OUT',
        `The sign-in to ${url.host} timed out: nobody completed it within ${formatSpan(timeoutMs)}.`,
        'Reconnect to the server and sign in again. If the page showed an error, the server may need --no-resource or --oauth-scope.',
      );
    });
  try {
    return await Promise.race([callback, limit]);
  } finally {
    over.abort();
  }
}

async function present({ context, settings, log, paste }: AtBrowserOptions, page: URL): Promise<void> {
  const { terminal } = context;
  const address = browserSafe(page);
  terminal.say(`Sign in to ${settings.url.host} in your browser. If it does not open, open this address:`);
  terminal.sayExact(address);
  if (paste !== undefined)
    terminal.say(
      'Browser on another computer? After signing in it will show an error page: copy its address and paste it here.',
    );
  const isOpen = settings.openBrowser && (await context.openBrowser(address).catch(() => false));
  log.note('authorize', { host: page.host, browser: isOpen ? 'opened' : 'not opened' });
  // The way out where nobody sees stderr.
  if (!isOpen) log.page(address);
}
