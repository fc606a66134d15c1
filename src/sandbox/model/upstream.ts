import type { ServerResponse } from 'node:http';
import { type Answer, reply } from '../api/answers.ts';
import { type ModelUser, modelNames } from '../api/models.ts';
import type { Fault } from '../faults.ts';

/**
 * Errors of the model proxy behind the platform (LiteLLM). The platform forwards status and body unchanged, whichever
 * API the call used.
 */
function error(status: number, message: string, type: string, param: string | null): Answer {
  return { status, body: { error: { message, type, param, code: String(status) } } };
}

/** The user's key does not allow the called model. */
export function keyDenied(user: ModelUser, model: string): Answer {
  const names = modelNames(user).map((name) => `'${name}'`);
  const message = `key not allowed to access model. This key can only access models=[${names.join(', ')}]. Tried to access ${model}`;
  return error(401, message, 'key_model_access_denied', 'model');
}

export const NOT_AN_OBJECT = error(400, 'The body is not a JSON object.', 'invalid_request_error', null);

const RATE_LIMITED: Answer = {
  status: 429,
  body: { error: { message: 'rate limited', type: 'rate_limit_error', code: '429' } },
};

/**
 * Answers a model call while an upstream fault is active.
 *
 * @returns false when the fault is not an upstream one.
 */
export function answeredUpstreamFault(
  { fault }: Fault,
  response: ServerResponse,
  user: ModelUser,
  model: string,
): boolean {
  const answer = (given: Answer, headers: Readonly<Record<string, string>> = {}): true => {
    reply(response, given, headers);
    return true;
  };
  switch (fault) {
    case 'model-denied':
      return answer(keyDenied(user, model));
    case 'model-team-denied':
      return answer(error(403, 'team not allowed to access model', 'team_model_access_denied', 'model'));
    case 'model-bad-key': {
      const message = 'Authentication Error, Invalid proxy server token passed';
      return answer(error(401, message, 'auth_error', 'None'));
    }
    case 'model-budget': {
      const message = 'Budget has been exceeded! Current cost: 10.1, Max budget: 10.0';
      return answer(error(400, message, 'budget_exceeded', null));
    }
    case 'model-rate':
      return answer(RATE_LIMITED, { 'retry-after': '1' });
    case 'model-down':
      // The platform's own message, without a content type.
      response.writeHead(503);
      response.end('Error connecting to downstream service: All connection attempts failed');
      return true;
    default:
      return false;
  }
}
