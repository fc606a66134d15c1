import { expect, it } from 'vitest';
import { parsePort, portIn } from '../../src/system/port.ts';

it.each([
  ['0', 0],
  ['4180', 4180],
  ['65535', 65_535],
  ['65536', undefined],
  ['-1', undefined],
  ['80a', undefined],
  ['', undefined],
  ['1e3', undefined],
  [' 80', undefined],
])('a port is a whole number up to 65535: %j', (text, port) => {
  expect(portIn(text)).toBe(port);
  if (port !== undefined) expect(parsePort(text, '--port')).toBe(port);
  else
    expect(() => parsePort(text, '--port')).toThrow(
      expect.objectContaining({ code: 'USAGE', message: expect.stringContaining('--port') }),
    );
});
