import type { Step } from './step.ts';
import { address } from './steps/address.ts';
import { apiKey } from './steps/api-key.ts';
import { bearer } from './steps/bearer.ts';
import { detect } from './steps/detect.ts';
import { method } from './steps/method.ts';
import { model } from './steps/model.ts';
import { project } from './steps/project.ts';
import { save } from './steps/save.ts';
import { signIn } from './steps/sign-in.ts';
import { test } from './steps/test.ts';

/** The wizard, in order. Each step asks at most one thing and can be answered by a flag. */
export const STEPS: readonly Step[] = [
  address,
  detect,
  method,
  signIn,
  bearer,
  apiKey,
  test,
  project,
  model,
  save,
];
