/** Windows uses access control lists; the file modes that Node reports there mean nothing. */
export const HAS_FILE_MODES = process.platform !== 'win32';
