/** JSON text holds no control characters, so that with these two signs nothing is ever quoted: the lines pass as they are. */
export const JSON_LINES = `(FORMAT csv, DELIMITER E'\\x02', QUOTE E'\\x01')`;
