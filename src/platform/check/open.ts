/** @returns whether something else fills in the text later, so that nobody knows it yet. */
export function isOpen(text: string): boolean {
  return /\$\(|\$\{|\{\{|%%|^ENC\[|<path:|^(?:ref|vault)[+:]/.test(text);
}
