import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { chromium, type Page } from 'playwright-core';
import { onTestFinished } from 'vitest';

/**
 * A real browser, and the port of an attacker's page.
 *
 * @param name a host name of the attacker whose DNS answer is this computer.
 */
export async function browserAndPage(name: string): Promise<{ readonly page: Page; readonly port: number }> {
  const server = createServer((_request, response) =>
    response
      .writeHead(200, { 'content-type': 'text/html' })
      .end('<!doctype html><title>evil</title><body></body>'),
  ).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      `--host-resolver-rules=MAP ${name} 127.0.0.1`,
    ],
  });
  onTestFinished(async () => {
    await browser.close();
    server.closeAllConnections();
    server.close();
  });
  return { page: await browser.newPage(), port: (server.address() as AddressInfo).port };
}
