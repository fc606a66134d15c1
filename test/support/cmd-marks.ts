/** Pieces of text that mean something to cmd.exe, or to a program that splits a command line. */
export const CMD_MARKS = [
  '"',
  "'",
  '&',
  '|',
  '%',
  '%PATH%',
  '^',
  '<',
  '>',
  '\\',
  '\n',
  '\r\n',
  ' ',
  '!',
  '(',
  '`',
] as const;
