/** A passphrase may begin or end with a space. A token is trimmed where it is used, with a warning. */
const OURS =
  /^(?:codemie_(?!passphrase$|jwt_token$)\w+|keycloak_(?!\w*(?:secret|password))\w+|database_url|https?_proxy|no_proxy|node_extra_ca_certs|browser|ci)$/i;

/**
 * Trims the variables that we read: a .env file written on Windows leaves a carriage return after each value, and
 * `docker run --env-file` leaves the quotes around it. Changes `env` in place: on Windows variable names are
 * case-insensitive, which a copy would lose.
 *
 * @returns the names of the variables whose quotes were removed.
 */
export function trimVariables(env: Record<string, string | undefined>): readonly string[] {
  const unquoted: string[] = [];
  // Filter by name first: each value is fetched from the system, and there may be hundreds.
  for (const name of Object.keys(env).filter((known) => OURS.test(known))) {
    const value = env[name];
    if (value === undefined) continue;
    const trimmed = value.trim();
    const bare = /^(["'])(.*)\1$/s.exec(trimmed)?.[2];
    if (bare !== undefined) unquoted.push(name);
    const clean = bare ?? trimmed;
    if (clean !== value) env[name] = clean;
  }
  return unquoted;
}
