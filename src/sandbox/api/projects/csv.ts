/**
 * Reads comma-separated values (RFC 4180): quoted fields may hold commas, quotes and line ends. Empty lines are left
 * out.
 *
 * @returns the header, or undefined when there is none, and each further row by the names of the header.
 */
export function parseCsv(text: string): {
  readonly header: readonly string[] | undefined;
  readonly rows: readonly ReadonlyMap<string, string>[];
} {
  const [header, ...rows] = recordsOf(text).filter((record) => record.length > 1 || record[0] !== '');
  return {
    header,
    rows: rows.map((row) => new Map(header?.map((name, at) => [name, row[at] ?? '']))),
  };
}

function recordsOf(text: string): string[][] {
  const records: string[][] = [];
  let record: string[] = [];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^,\r\n]*))(,|\r\n|\n|\r|$)/g)) {
    record.push(quoted?.replaceAll('""', '"') ?? plain ?? '');
    if (end === ',') continue;
    records.push(record);
    record = [];
  }
  return records;
}
