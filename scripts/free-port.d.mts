/** @returns a port of the loopback address that nobody listens on, and that the system gives to nobody else. */
export function freePort(): Promise<number>;
