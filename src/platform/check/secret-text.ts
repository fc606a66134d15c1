import type { SecretKey } from './documents.ts';

const SECRET =
  /(PASSWORD|PASSPHRASE|_SECRET|_TOKEN|API_KEY|APP_KEY|MASTER_KEY|BIND_KEY|ACCESS_KEY|CONNECTION_STRING)$/i;

/** @returns whether the value of a variable signs somebody in. Others, such as AWS_ACCESS_KEY_ID, only name an account. */
export function isSecretVariable(name: string): boolean {
  return SECRET.test(name);
}

/** @returns the text that a pod gets; undefined if nobody can read it. It goes into no message. */
export function secretText({ node, form }: SecretKey): string | undefined {
  if (form === 'sealed' || node.value === null) return undefined;
  const text = String(node.value);
  if (form === 'text') return text;
  const bare = text.replaceAll(/[\r\n]/g, '');
  const isBase64 = /^(?:[A-Za-z\d+/]{4})*(?:[A-Za-z\d+/]{2}==|[A-Za-z\d+/]{3}=)?$/.test(bare);
  return isBase64 ? Buffer.from(bare, 'base64').toString('utf8') : undefined;
}

/** @returns what a text of one line ends with: a file of several lines, such as a key, may end with a line feed. */
export function endOf(text: string): string | undefined {
  const [, end] = /^[^\r\n]+(\r?\n)$/.exec(text) ?? [];
  return end === undefined ? undefined : end === '\n' ? 'a line feed' : 'a carriage return and a line feed';
}
