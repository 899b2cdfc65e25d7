// Serves the built page, and plain pages of the tests, to the browser under test. The server is that of `make demo`.
import path from 'node:path';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { serve } from '../../../.make/serve.mjs';

/** The repository's root. */
export const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');

/**
 * Serve `dist/` at `/`, `tests/browser/` at `/tests/` and the npm package at `/package/`, on a free port of this machine.
 * `mounts` adds folders or replaces these: `{ '/': 'some/copy/of/dist' }`, URL prefix -> folder under the root.
 *
 * @param {Record<string, string>} [mounts]
 * @returns {Promise<{ url: string, port: number, close: () => Promise<void> }>} `url` has no slash at its end
 */
export async function servePage(mounts = {}) {
  const folders = { '/': 'dist', '/tests/': 'tests/browser', '/package/': 'target/package', ...mounts };
  const absolute = Object.fromEntries(Object.entries(folders).map(([prefix, folder]) => [prefix, path.resolve(ROOT, folder)]));
  if (!existsSync(path.join(absolute['/'], 'index.html'))) {
    throw new Error(`${folders['/']}/index.html is missing: build the page first, with \`make page\``);
  }
  return serve(absolute);
}
