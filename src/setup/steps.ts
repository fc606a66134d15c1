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

/** The steps of the wizard, in order. Each asks at most one question, which a flag can answer. */
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
