import { BROWSER_CLIENTS } from './example-people.ts';
import type { Shown } from './login-page.ts';
import type { UpstreamPerson } from './upstream-provider.ts';

/** The texts of the gates in the example realm. */
export const NO_ACCESS = 'You need the role AIHubAccess to sign in. Ask your administrator for it.';
export const NO_LANGFUSE = 'Langfuse is for administrators of the platform: you need the role AIHubSysAdmin.';
export const AT_THE_COMPANY = 'Your account is one of Microsoft Entra ID. Go back and sign in there.';

export const CLIENTS = Object.keys(BROWSER_CLIENTS);

export const ADMITTED = 'admitted';
export const denied = (message: string): string => `page 401: ${message}`;

/** The same answer at each client, or another one at Langfuse. */
export const everywhere = (answer: string, atLangfuse = answer): Record<string, string> =>
  Object.fromEntries(CLIENTS.map((client) => [client, client === 'langfuse' ? atLangfuse : answer]));

/** What a person sees at the end of a login. */
export function answerOf({ status, code, text, url }: Shown): string {
  if (code !== undefined) return ADMITTED;
  const said = [NO_ACCESS, NO_LANGFUSE, AT_THE_COMPANY].find((message) => text.includes(message));
  return `page ${status}: ${said ?? (text || url.href)}`;
}

/** Signs in at each client, one after the other. */
export async function answersOf(login: (client: string) => Promise<Shown>): Promise<Record<string, string>> {
  const answers: Record<string, string> = {};
  for (const client of CLIENTS) answers[client] = answerOf(await login(client));
  return answers;
}

export const fromCompany = (name: string, ...roles: readonly string[]): UpstreamPerson => ({
  email: `${name}@company.example`,
  given_name: name,
  family_name: 'Upstream',
  roles,
});
