/**
 * Booleans and integers as the platform's server reads them from texts: in its environment, in queries and in request
 * bodies. The rules are those of pydantic 2.
 */

const WORDS: Readonly<Record<string, boolean>> = {
  true: true,
  t: true,
  yes: true,
  y: true,
  on: true,
  1: true,
  false: false,
  f: false,
  no: false,
  n: false,
  off: false,
  0: false,
};

/** @returns undefined when the server refuses the text. Spaces around it are refused too. */
export function pydanticBoolean(text: string): boolean | undefined {
  const word = text.toLowerCase();
  return Object.hasOwn(WORDS, word) ? WORDS[word] : undefined;
}

const INTEGER = /^[+-]?\d+(_\d+)*(\.0+)?$/;

/** @returns undefined when the server refuses the text. `03`, `3.0`, `1_000` and spaces around it are accepted. */
export function pydanticInteger(text: string): number | undefined {
  const number = text.trim();
  return INTEGER.test(number) ? Number(number.replaceAll('_', '')) : undefined;
}
