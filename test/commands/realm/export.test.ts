import { describe, expect, it } from 'vitest';
import { run } from '../../../src/commands/realm/export.ts';
import { OptionValues } from '../../../src/commands/spec.ts';
import { testContext } from '../../support/context.ts';

describe('the file of an export', () => {
  it.each(['/', '/dev/null'])('cannot be a folder or a device, which it would replace: %s', async (out) => {
    const options = new OptionValues(new Map([['out', out]]));
    await expect(run({ args: [], options }, testContext())).rejects.toMatchObject({
      code: 'USAGE',
      message: `${out} is not a file.`,
    });
  });
});
