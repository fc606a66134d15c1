import type { Context } from '../../context.ts';
import { cleanToken } from '../../credentials/jwt.ts';
import { jsonObject } from '../../net/client.ts';
import { requireSecure } from '../../net/origin.ts';
import { CodemieError, messageOf } from '../../system/errors.ts';
import { findOnPath } from '../../system/process/find-program.ts';
import { outputOf } from '../../system/process/output-of.ts';
import { Secret } from '../../system/secret.ts';
import { readTokenFile } from '../../terminal/token-file.ts';

/** A source of a pipeline's OIDC identity token. */
interface IdentitySource {
  readonly title: string;
  /** How to make it available, for the error when there is no source. */
  readonly needs: string;
  isOffered(env: Context['env']): boolean;
  /** @param audience the audience to request, if the source supports that. The caller always checks it. */
  obtain(context: Context, audience: string): Promise<string>;
}

const isSet = (value: string | undefined): boolean => (value ?? '') !== '';

/** In order of precedence: a token you provide comes before one that the CI system offers. */
const SOURCES: readonly IdentitySource[] = [
  {
    title: 'CODEMIE_ID_TOKEN',
    needs: 'GitLab CI: add CODEMIE_ID_TOKEN under id_tokens',
    isOffered: (env) => isSet(env['CODEMIE_ID_TOKEN']),
    obtain: async ({ env }) => env['CODEMIE_ID_TOKEN'] ?? '',
  },
  {
    title: 'CODEMIE_ID_TOKEN_FILE',
    needs: 'Kubernetes: mount a projected service account token, and set CODEMIE_ID_TOKEN_FILE to it',
    isOffered: (env) => isSet(env['CODEMIE_ID_TOKEN_FILE']),
    obtain: async ({ env, signal }) => {
      try {
        return await readTokenFile(env['CODEMIE_ID_TOKEN_FILE'] ?? '', signal);
      } catch (cause) {
        signal.throwIfAborted();
        throw cannotRead("couldn't read the file in CODEMIE_ID_TOKEN_FILE", cause);
      }
    },
  },
  {
    title: 'GitHub Actions',
    needs: 'GitHub Actions: add "permissions: id-token: write" to the job',
    isOffered: (env) =>
      isSet(env['ACTIONS_ID_TOKEN_REQUEST_URL']) && isSet(env['ACTIONS_ID_TOKEN_REQUEST_TOKEN']),
    obtain: fromGitHub,
  },
  {
    title: 'Buildkite',
    needs: 'Buildkite: run the job on a Buildkite agent',
    isOffered: (env) => env['BUILDKITE'] === 'true' && isSet(env['BUILDKITE_AGENT_ACCESS_TOKEN']),
    obtain: async (context, audience) => {
      const program = findOnPath('buildkite-agent', context);
      if (program === undefined) throw cannotRead('buildkite-agent is not on PATH');
      try {
        return await outputOf(program, ['oidc', 'request-token', '--audience', audience], {
          env: context.childEnv('BUILDKITE_AGENT_ACCESS_TOKEN'),
          signal: context.signal,
        });
      } catch (cause) {
        throw cannotRead('buildkite-agent returned no token', cause);
      }
    },
  },
];

/**
 * Gets the pipeline's identity token. Only `--ci` calls this: an identity is never used just because it is available.
 *
 * @throws CI_IDENTITY (4) if there is none, or it could not be obtained.
 */
export async function pipelineIdentity(
  context: Context,
  audience: string,
): Promise<{ readonly token: Secret; readonly title: string }> {
  const source = SOURCES.find(({ isOffered }) => isOffered(context.env));
  if (source === undefined) {
    throw new CodemieError({
      code: 'CI_IDENTITY',
      message: 'No CI identity token found.',
      hint: 'To provide one:',
      remedies: SOURCES.map(({ needs }) => needs),
    });
  }
  const { token } = cleanToken(await source.obtain(context, audience));
  if (token.isEmpty) throw cannotRead(`there is nothing in ${source.title}`);
  return { token, title: source.title };
}

/** `GET $ACTIONS_ID_TOKEN_REQUEST_URL&audience=…` returns `{"value": "<jwt>"}` (GitHub's OIDC reference). */
async function fromGitHub(context: Context, audience: string): Promise<string> {
  const { env } = context;
  const address = env['ACTIONS_ID_TOKEN_REQUEST_URL'] ?? '';
  if (!URL.canParse(address)) throw cannotRead('ACTIONS_ID_TOKEN_REQUEST_URL is not a URL');
  const url = new URL(address);
  requireSecure(url);
  url.searchParams.set('audience', audience);
  const bearer = new Secret(env['ACTIONS_ID_TOKEN_REQUEST_TOKEN'] ?? '');
  const response = await context.http({
    url: url.href,
    headers: { accept: 'application/json', authorization: `Bearer ${bearer.reveal()}` },
    signal: context.signal,
  });
  if (response.status !== 200) throw cannotRead(`GitHub Actions answered HTTP ${response.status}`);
  const value = jsonObject(response, 'GitHub Actions')['value'];
  if (typeof value === 'string' && value !== '') return value;
  throw cannotRead('GitHub Actions returned no token');
}

function cannotRead(why: string, cause?: unknown): CodemieError {
  return new CodemieError({
    code: 'CI_IDENTITY',
    message: `Couldn't get the CI identity token: ${why}${cause === undefined ? '' : ` (${messageOf(cause)})`}.`,
    hint: 'Make sure the job is allowed to request an identity token for this audience.',
    cause,
  });
}
