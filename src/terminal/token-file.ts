import { systemCode } from '../system/errors.ts';
import { openInput } from '../system/open-input.ts';
import { readAll } from './stdin.ts';

/** Why a file cannot be read, as the end of a sentence. */
const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: "you don't have permission to read it",
  EPERM: "you don't have permission to read it",
  ELOOP: 'it is a link to itself',
  ENAMETOOLONG: 'its name is too long',
};

/**
 * Reads a file that holds a token: a file, a pipe such as `<(command)`, in UTF-8 or UTF-16.
 *
 * @throws USAGE (2) if it is larger than 1 MiB; Error with the reason, as the end of a sentence, if it cannot be read.
 */
export async function readTokenFile(path: string, signal: AbortSignal): Promise<string> {
  try {
    return await readAll(openInput(path), signal, { mib: 1, what: 'a token', from: `The file ${path}` });
  } catch (error) {
    const reason = REASONS[systemCode(error) ?? ''];
    throw reason === undefined ? error : new Error(reason, { cause: error });
  }
}
