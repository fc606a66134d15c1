/** Windows knows access lists and no modes: what Node says of a file's mode means nothing there. */
export const HAS_FILE_MODES = process.platform !== 'win32';
