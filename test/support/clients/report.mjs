/** @returns how a client of a model API describes a failed call. */
export function failure(call) {
  return Promise.resolve(call).then(
    () => 'no failure',
    (error) => ({
      name: error.constructor.name,
      status: error.status ?? error.statusCode,
      message: error.message,
    }),
  );
}

/** @returns the milliseconds since now. */
export function since() {
  const started = Date.now();
  return () => Date.now() - started;
}

export function print(result) {
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
