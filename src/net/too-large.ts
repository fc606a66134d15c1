import { CodemieError } from '../system/errors.ts';

export function tooLarge(maxBytes: number): CodemieError {
  return new CodemieError({
    code: 'RESPONSE_TOO_LARGE',
    message: `The server answered with more than ${maxBytes} bytes where a small document was expected.`,
  });
}
