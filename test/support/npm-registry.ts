import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export interface NpmPackage {
  readonly name: string;
  readonly version: string;
  /** The name of its program, and the JavaScript file it is. */
  readonly program: string;
  readonly source: string;
}

/**
 * A registry for npm with one package. It ends with the test file.
 *
 * @returns its URL.
 */
export async function npmRegistry({ name, version, program, source }: NpmPackage): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'codemie-registry-'));
  const manifest = { name, version, bin: { [program]: `bin/${program}.js` } };
  const files = { 'package.json': JSON.stringify(manifest), [`bin/${program}.js`]: source };
  for (const [path, text] of Object.entries(files)) {
    const place = join(folder, 'package', path);
    mkdirSync(dirname(place), { recursive: true });
    writeFileSync(place, text);
  }
  const archive = join(folder, 'package.tgz');
  const packed = spawnSync('tar', ['-czf', archive, '-C', folder, 'package']);
  if (packed.status !== 0) throw new Error(`tar: ${packed.stderr}`);
  const tarball = readFileSync(archive);
  rmSync(folder, { recursive: true });

  const server = createServer((request, response) => {
    if (request.url === '/package.tgz') return void response.end(tarball);
    const dist = { tarball: `${url}/package.tgz` };
    const versions = { [version]: { ...manifest, dist } };
    const isOurs = decodeURIComponent(request.url ?? '') === `/${name}`;
    response.writeHead(isOurs ? 200 : 404, { 'content-type': 'application/json' });
    response.end(isOurs ? JSON.stringify({ name, 'dist-tags': { latest: version }, versions }) : '{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  server.unref();
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return url;
}
