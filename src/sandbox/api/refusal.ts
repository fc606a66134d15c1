import { type Answer, problem } from './answers.ts';

/** Ends the handling of a request with an error answer; a transaction around it stores nothing. */
export class Refusal extends Error {
  readonly answer: Answer;

  constructor(answer: Answer) {
    super(`refused with ${answer.status}`);
    this.answer = answer;
  }
}

/** @throws Refusal */
export function refuse(
  status: number,
  message: string,
  details: unknown = null,
  help: string | null = null,
): never {
  throw new Refusal(problem(status, message, details, help));
}

/** @throws Refusal */
export function refuseWith(answer: Answer): never {
  throw new Refusal(answer);
}
