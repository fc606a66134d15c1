/** A passphrase may begin or end with a space; a token is cleaned where it is used, which says so. */
const OURS = /^(?:codemie_(?!passphrase$|jwt_token$)\w+|https?_proxy|no_proxy|node_extra_ca_certs)$/i;

/**
 * Takes white space off the ends of variables we read: a file of variables written on Windows leaves a carriage return behind
 * each value. Changed in place, as names of variables have no case on Windows and a copy would have one.
 */
export function trimVariables(env: Record<string, string | undefined>): void {
  // Names first: each value of an environment is fetched from the system, and there may be hundreds.
  for (const name of Object.keys(env).filter((known) => OURS.test(known))) {
    const value = env[name];
    if (value !== undefined && value !== value.trim()) env[name] = value.trim();
  }
}
