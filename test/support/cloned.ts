import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * A cloned repository whose files point at `address`.
 *
 * @returns its folder, which contains a folder `deep/inside`.
 */
export function cloned(parent: string, address: string, what: 'file' | 'env' | 'both'): string {
  const folder = join(parent, 'repo');
  mkdirSync(join(folder, '.git'), { recursive: true });
  mkdirSync(join(folder, '.codemie'), { recursive: true });
  mkdirSync(join(folder, 'deep', 'inside'), { recursive: true });
  if (what !== 'env') {
    const profile = { codeMieUrl: address, baseUrl: address, issuer: `${address}/idp`, model: 'repo-model' };
    writeFileSync(
      join(folder, '.codemie', 'codemie-cli.config.json'),
      JSON.stringify({ version: 2, activeProfile: 'default', profiles: { default: profile } }),
    );
  }
  if (what !== 'file') {
    writeFileSync(
      join(folder, '.env'),
      `CODEMIE_URL=${address}\nCODEMIE_BASE_URL=${address}\nCODEMIE_ISSUER=${address}\nHTTP_PROXY=${address}\nHTTPS_PROXY=${address}\nCODEMIE_PROVIDER=openai-compatible\n`,
    );
  }
  return folder;
}
