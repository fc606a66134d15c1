/**
 * Renders a URL as a QR code in half blocks, dark on light whatever the terminal's colours are.
 *
 * @returns its lines, or undefined if it does not fit into `columns`.
 */
export async function qrLines(address: string, columns: number): Promise<readonly string[] | undefined> {
  const { encode } = await import('uqr');
  // A quiet zone of four modules (ISO/IEC 18004 §5.3.8): scanners need it.
  const { data, size } = encode(address, { ecc: 'L', border: 4 });
  if (size > columns) return undefined;
  const lines: string[] = [];
  for (let y = 0; y < size; y += 2) {
    let line = '';
    for (let x = 0; x < size; x += 1) {
      const upper = data[y]?.[x] === true;
      const lower = data[y + 1]?.[x] === true;
      line += upper ? (lower ? '█' : '▀') : lower ? '▄' : ' ';
    }
    lines.push(`\u001b[30;107m${line}\u001b[0m`);
  }
  return lines;
}
