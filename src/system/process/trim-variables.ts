/** A passphrase may begin or end with a space. A token is trimmed where it is used, with a warning. */
const OURS = /^(?:codemie_(?!passphrase$|jwt_token$)\w+|https?_proxy|no_proxy|node_extra_ca_certs)$/i;

/**
 * Trims the variables that we read: a .env file written on Windows leaves a carriage return after each value. Changes
 * `env` in place: on Windows variable names are case-insensitive, which a copy would lose.
 */
export function trimVariables(env: Record<string, string | undefined>): void {
  // Filter by name first: each value is fetched from the system, and there may be hundreds.
  for (const name of Object.keys(env).filter((known) => OURS.test(known))) {
    const value = env[name];
    if (value !== undefined && value !== value.trim()) env[name] = value.trim();
  }
}
