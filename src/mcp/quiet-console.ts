/**
 * Hands over what libraries print. Standard output belongs to the protocol: one line of another kind breaks the
 * connection. Call it before they are loaded.
 *
 * @returns a function that restores the console.
 */
export function takeConsole(take: (text: string) => void): () => void {
  const { console } = globalThis;
  const methods = Object.entries(console).filter(([, method]) => typeof method === 'function');
  for (const [name] of methods)
    Object.assign(console, { [name]: (...parts: readonly unknown[]) => take(parts.map(String).join(' ')) });
  return () => void Object.assign(console, Object.fromEntries(methods));
}
