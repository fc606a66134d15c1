import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './program.ts';

/** Our programs. A settings file and a client ID begin with the same word. */
const PROGRAM = 'codemie(?:-(?:claude|opencode|codex|gemini))? ';
const IN_TEXT = new RegExp(`\`(${PROGRAM}[^\`\\n]*)\``, 'g');
const IN_BLOCK = new RegExp(`(?:^|\\$\\(|\\| |- )(${PROGRAM}[^|)#\\n]*)`, 'gm');

const DOCUMENTS = [
  'README.md',
  'docs/user-guide.md',
  'docs/operator-guide.md',
  'docs/platform-guide.md',
] as const;

export interface Block {
  readonly document: string;
  readonly language: string;
  readonly text: string;
}

/** Every fenced block with commands in the guides. */
export function blocksOfGuides(): readonly Block[] {
  return DOCUMENTS.flatMap((document) =>
    [...textOf(document).matchAll(/^```(sh|yaml)\n(.*?)^```/gms)].map(([, language = '', text = '']) => ({
      document,
      language,
      text,
    })),
  );
}

/** Every codemie command in the guides, in a block or in the text, as one shell line. */
export function commandsOfGuides(): readonly string[] {
  const inText = DOCUMENTS.flatMap((document) =>
    [...textOf(document).matchAll(IN_TEXT)].map(([, command = '']) => command),
  );
  const inBlocks = blocksOfGuides().flatMap(({ text }) =>
    [...text.replaceAll('\\\n', ' ').matchAll(IN_BLOCK)].map(([, command = '']) => command),
  );
  return [...new Set([...inText, ...inBlocks].map((command) => command.trim()))];
}

/** Splits a line like a shell, as far as the guides need it: handles quotes, and drops redirections. */
export function wordsOf(line: string): readonly string[] {
  const words = [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
    ([, double, single, bare]) => double ?? single ?? bare ?? '',
  );
  const at = words.findIndex((word) => ['<', '>', '&&', '\\|'].includes(word) || word.startsWith('</'));
  return at === -1 ? words : words.slice(0, at);
}

function textOf(document: string): string {
  return readFileSync(join(root, document), 'utf8');
}
