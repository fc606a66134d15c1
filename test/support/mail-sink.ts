import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

/** A mail server that delivers to nobody. */
export interface MailSink {
  readonly port: number;
  /** Waits for a mail to this address. @returns its text, as it was before it was encoded. */
  mailTo(address: string): Promise<string>;
  close(): void;
}

export async function mailSink(): Promise<MailSink> {
  const mails: string[] = [];
  const server = createServer((socket) => {
    let [received, inData] = ['', false];
    socket.setEncoding('utf8');
    socket.write('220 sink\r\n');
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      received += chunk;
      for (;;) {
        const end = received.indexOf(inData ? '\r\n.\r\n' : '\r\n');
        if (end < 0) return;
        const part = received.slice(0, end);
        received = received.slice(end + (inData ? 5 : 2));
        if (inData) {
          mails.push(part);
          server.emit('mail');
        }
        inData = !inData && /^DATA$/i.test(part);
        socket.write(inData ? '354 go on\r\n' : /^QUIT$/i.test(part) ? '221 bye\r\n' : '250 ok\r\n');
      }
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    mailTo: async (address) => {
      for (;;) {
        const mail = mails.find((one) => one.includes(`\r\nTo: ${address}\r\n`));
        if (mail !== undefined) return decoded(mail);
        await once(server, 'mail', { signal: AbortSignal.timeout(20_000) });
      }
    },
    close: () => void server.close(),
  };
}

/** Quoted-printable, as long lines are sent. */
function decoded(mail: string): string {
  return mail
    .replace(/=\r\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
