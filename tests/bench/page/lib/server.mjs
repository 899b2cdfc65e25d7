// Serves the code and the tables to the tabs: cross-origin isolated, for a clock of 5 microseconds and for threads, and
// never cached, so that every tab starts cold. Big tables are streamed; nothing is compressed, the same for everyone.
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import path from 'node:path';

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
};

/** The file behind a URL path under one of `mounts` (URL prefix -> folder), or null. */
export function fileOf(mounts, urlPath) {
  const prefix = Object.keys(mounts).find((prefix) => urlPath.startsWith(prefix));
  if (!prefix) return null;
  const root = path.resolve(mounts[prefix]);
  const file = path.resolve(root, `./${urlPath.slice(prefix.length)}`);
  return file.startsWith(root + path.sep) ? file : null;
}

/** Serve on a free port of this machine only; resolves to `{ url, close }`. */
export async function serve(mounts) {
  const server = createServer(async (request, response) => {
    try {
      const file = fileOf(mounts, decodeURIComponent(request.url.split(/[?#]/, 1)[0]));
      const { size } = await stat(file ?? '');
      response.writeHead(200, {
        'content-type': TYPES[path.extname(file)] ?? 'application/octet-stream',
        'content-length': size,
        'cache-control': 'no-store',
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-embedder-policy': 'require-corp',
        'cross-origin-resource-policy': 'same-origin',
      });
      createReadStream(file).pipe(response);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((listening, failed) => server.once('error', failed).listen(0, '127.0.0.1', listening));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    close: () => {
      server.closeAllConnections();
      return new Promise((closed) => server.close(closed));
    },
  };
}
