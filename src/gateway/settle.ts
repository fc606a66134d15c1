import { Readable } from 'node:stream';
import type { Context } from '../context.ts';
import type { Access } from '../credentials/access.ts';
import { type Credential, fingerprintOf } from '../credentials/credential.ts';
import type { UpstreamAnswer } from '../net/stream/request.ts';
import { type AuthOutcome, authOutcomeOf } from '../platform-api/auth-outcome.ts';
import { withShortTimeout } from '../platform-api/client.ts';
import { type Refusal, refusalIn } from '../platform-api/refusal.ts';
import { askWho, sessionAfter } from '../platform-api/renew-after-refusal.ts';
import { CodemieError, messageOf } from '../system/errors.ts';

/** What a response on a model route says about the credential. */
export type Settled =
  | { readonly kind: 'good' | 'stands'; readonly answer: UpstreamAnswer }
  /** The platform's model proxy is off: it has no model routes. */
  | { readonly kind: 'no-models'; readonly answer: UpstreamAnswer }
  /** The platform requires a later version of this program (426). */
  | { readonly kind: 'outdated'; readonly answer: UpstreamAnswer; readonly reason: string }
  | {
      readonly kind: 'refused';
      readonly answer: UpstreamAnswer;
      /** The server's own message. */
      readonly reason?: string | undefined;
      /** The check also refreshed the credential. */
      readonly successor?: Credential | undefined;
    };

export type Settle = (answer: UpstreamAnswer, credential: Credential) => Promise<Settled>;

/** How long to remember whether a credential is accepted, ms. */
const REMEMBERED_MS = 15_000;
const LONGEST_REFUSAL = 65_536;

type Standing =
  | { readonly counts: true }
  | ({ readonly counts: false } & Pick<SettledRefusal, 'reason' | 'successor'>);
type SettledRefusal = Extract<Settled, { kind: 'refused' }>;

/**
 * Distinguishes a refused model from a refused credential. Both are 401 or 403, with wording that depends on the
 * system behind the platform. Unless the platform itself refuses, it is asked, once for many requests, whether it
 * accepts the credential. If it does, the response is passed on unchanged.
 */
export function settler(context: Context, access: Access): Settle {
  const asked = new Map<string, { readonly until: number; readonly standing: Promise<Standing> }>();
  const standingOf = (credential: Credential): Promise<Standing> => {
    const now = context.clock.now();
    const id = fingerprintOf(credential);
    const known = asked.get(id);
    if (known !== undefined && known.until > now) return known.standing;
    // Earlier credentials are no longer used.
    asked.clear();
    const standing = ask(context, access, credential);
    asked.set(id, { until: now + REMEMBERED_MS, standing });
    standing.then(
      ({ counts }) => counts || asked.delete(id),
      () => asked.delete(id),
    );
    return standing;
  };
  return async (answer, credential) => {
    const face = judge(answer);
    if (face === 'ok') return { kind: 'good', answer };
    if (answer.status === 426) return judgeVersion(answer);
    if (answer.status === 404 && access.selection.keyProvider === undefined)
      return judgeAbsence(context, access, answer);
    if (face === 'failed') return { kind: 'stands', answer };
    const isForbidden = face === 'denied';
    // A 403 for a credential that cannot be refreshed needs no check.
    if (isForbidden && (!access.refreshable || access.selection.keyProvider !== undefined))
      return { kind: 'stands', answer };
    if (!isForbidden && answer.status !== 401) return { kind: 'refused', answer };
    const { refusal, answer: whole } = isForbidden ? { refusal: undefined, answer } : await peek(answer);
    if (refusal?.isOwn === true && access.selection.keyProvider === undefined)
      return { kind: 'refused', answer: whole, reason: refusal.reason };
    const standing = await standingOf(credential);
    if (standing.counts) return { kind: 'stands', answer: whole };
    const { reason = refusal?.reason, successor } = standing;
    return { kind: 'refused', answer: whole, reason, successor };
  };
}

/** A provider behind the platform may use this status for something else. */
async function judgeVersion(given: UpstreamAnswer): Promise<Settled> {
  const { refusal, answer } = await peek(given);
  const { reason = '' } = refusal;
  return /CodeMie CLI/.test(reason) ? { kind: 'outdated', answer, reason } : { kind: 'stands', answer };
}

/** The exact body that the platform's framework sends for an unknown path. A missing model gives a different one. */
const NO_SUCH_PATH = '{"detail":"Not Found"}';

/** The model routes are a setting of the platform. The list of models shows whether one is missing or all are. */
async function judgeAbsence(context: Context, access: Access, given: UpstreamAnswer): Promise<Settled> {
  const { beginning, answer } = await peek(given);
  if (beginning.toString('utf8') !== NO_SUCH_PATH) return { kind: 'stands', answer };
  try {
    const { createPlatform } = await import('../platform-api/client.ts');
    const { state } = await createPlatform(withShortTimeout(context), access.origin, access).gate();
    return { kind: state === 'absent' ? 'no-models' : 'stands', answer };
  } catch (error) {
    context.signal.throwIfAborted();
    context.log.debug('could not check for model routes', { reason: messageOf(error) });
    return { kind: 'stands', answer };
  }
}

async function ask(context: Context, access: Access, credential: Credential): Promise<Standing> {
  if (credential.kind === 'session') {
    const successor = access.refreshable ? await sessionAfter(access, credential) : undefined;
    return successor === undefined ? { counts: true } : { counts: false, successor };
  }
  try {
    const response = await askWho(withShortTimeout(context), access, credential);
    if (authOutcomeOf(response) !== 'not-signed-in') return { counts: true };
    return { counts: false, reason: refusalIn(response.body).reason };
  } catch (error) {
    context.signal.throwIfAborted();
    if (error instanceof CodemieError && error.exit === 'auth') throw error;
    // There is no proof that the credential is refused, so pass the response on.
    context.log.debug('could not check the credential', { reason: messageOf(error) });
    return { counts: true };
  }
}

/** Reads the beginning of a response. @returns what it says, and the response with its body complete again. */
async function peek(
  answer: UpstreamAnswer,
): Promise<{ readonly refusal: Refusal; readonly beginning: Buffer; readonly answer: UpstreamAnswer }> {
  const source: AsyncIterator<Buffer> = answer.body.iterator({ destroyOnReturn: false });
  const chunks: Buffer[] = [];
  let size = 0;
  let isOver = false;
  while (!isOver && size <= LONGEST_REFUSAL) {
    const { value, done } = await source.next();
    isOver = done === true;
    if (isOver) break;
    chunks.push(value);
    size += value.length;
  }
  async function* whole(): AsyncGenerator<Buffer> {
    yield* chunks;
    for (let next = await source.next(); next.done !== true; next = await source.next()) yield next.value;
  }
  const beginning = Buffer.concat(chunks);
  return {
    refusal: refusalIn(beginning),
    beginning,
    answer: { ...answer, body: Readable.from(isOver ? chunks : whole(), { objectMode: false }) },
  };
}

/** Passes on only the two headers that say something about the credential. */
function judge({ status, headers }: UpstreamAnswer): AuthOutcome {
  const told: Record<string, string> = {};
  for (const name of ['content-type', 'www-authenticate'])
    if (headers[name] !== undefined) told[name] = String(headers[name]);
  return authOutcomeOf({ status, headers: told });
}
