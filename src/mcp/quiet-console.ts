/**
 * Hands over what libraries print. Standard output belongs to the protocol: one line of another kind breaks the
 * connection. Call it before they are loaded.
 */
export function takeConsole(take: (text: string) => void): void {
  const { console } = globalThis;
  for (const [name, method] of Object.entries(console))
    if (typeof method === 'function')
      Object.assign(console, { [name]: (...parts: readonly unknown[]) => take(parts.map(String).join(' ')) });
}
