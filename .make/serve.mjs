// A static file server on 127.0.0.1: `make demo` runs it, the browser tests and `make bench-page` import it.
import { createServer } from 'node:http';
import { readFile, stat } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.webp': 'image/webp',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.safetensors': 'application/octet-stream',
};
// For every file: what a host of the page does well to send, too. The page's own policy (.make/finish.mjs) is in the
// document; that nobody may frame it can only be said here.
const SAFE = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': "frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
};
// A name that follows from the contents: what it stands for never changes.
const IS_NAMED = /-[0-9a-f]{16}(_bg)?\.\w+$/;
const ALREADY_COMPRESSED = new Set(['.png', '.webp', '.woff2', '.gz', '.ico']);

/** The file that a URL path names under one of `mounts` (URL prefix -> folder), or null. */
export function resolve(mounts, urlPath) {
  let decoded;
  try {
    decoded = decodeURIComponent(urlPath);
  } catch {
    return null;
  }
  if (decoded.includes('\0')) return null;
  const prefix = Object.keys(mounts)
    .filter((p) => decoded.startsWith(p))
    .sort((a, b) => b.length - a.length)[0];
  if (prefix === undefined) return null;
  const root = path.resolve(mounts[prefix]);
  const file = path.resolve(root, `./${decoded.slice(prefix.length)}${decoded.endsWith('/') ? 'index.html' : ''}`);
  return file.startsWith(root + path.sep) ? file : null;
}

/**
 * Serve folders: `mounts` maps URL prefixes that end in a slash to folders, as `{ '/': 'dist' }`.
 * `port` 0 takes a free one; `headers` go with every file; without `compress` nothing is gzipped; `onRequest` hears of
 * each. Resolves to `{ url, port, close }`; rejects with the system's error (EADDRINUSE, ...).
 */
export function serve(mounts, { port = 0, host = '127.0.0.1', headers: more = {}, compress = true, onRequest } = {}) {
  const cache = new Map(); // file -> { mtimeMs, etag, body, gzipped }

  async function load(file) {
    const { mtimeMs } = await stat(file);
    const known = cache.get(file);
    if (known?.mtimeMs === mtimeMs) return known;
    const body = await readFile(file);
    const entry = {
      mtimeMs,
      body,
      etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`,
      gzipped: !compress || ALREADY_COMPRESSED.has(path.extname(file)) ? null : gzipSync(body),
    };
    cache.set(file, entry);
    return entry;
  }

  async function answer(request, response) {
    const plain = (status, text) => response.writeHead(status, { 'content-type': TYPES['.txt'] }).end(`${text}\n`);
    if (request.method !== 'GET' && request.method !== 'HEAD') return plain(405, 'Only GET and HEAD are served here.');
    const file = resolve(mounts, request.url.split(/[?#]/, 1)[0]);
    let entry = null;
    try {
      entry = file && (await load(file));
    } catch (error) {
      if (!['ENOENT', 'ENOTDIR', 'EISDIR'].includes(error.code)) return plain(500, `Cannot read this file: ${error.code}`);
    }
    if (!entry) return plain(404, 'There is no such file.');
    const headers = {
      'content-type': TYPES[path.extname(file)] ?? 'application/octet-stream',
      // Else asked again each time and answered with 304.
      'cache-control': IS_NAMED.test(file) ? 'public, max-age=31536000, immutable' : 'no-cache',
      etag: entry.etag,
      vary: 'accept-encoding',
      ...SAFE,
      ...more,
    };
    if (request.headers['if-none-match'] === entry.etag) return response.writeHead(304, headers).end();
    const gzip = entry.gzipped && /\bgzip\b/.test(request.headers['accept-encoding'] ?? '');
    if (gzip) headers['content-encoding'] = 'gzip';
    const body = gzip ? entry.gzipped : entry.body;
    headers['content-length'] = body.length;
    response.writeHead(200, headers).end(request.method === 'HEAD' ? undefined : body);
  }

  const server = createServer((request, response) => {
    onRequest?.(request);
    answer(request, response).catch(() => response.destroy());
  });
  return new Promise((fulfil, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      const actual = server.address().port;
      fulfil({
        url: `http://${host}:${actual}`,
        port: actual,
        close: () =>
          new Promise((closed) => {
            server.close(closed);
            server.closeAllConnections?.();
          }),
      });
    });
  });
}

const DEFAULT_PORT = 8080;

/** `node serve.mjs FOLDER [PORT]`: with PORT that one or an error, without it 8080 or the next free one. */
async function main([folder, explicit]) {
  const mounts = { '/': folder };
  const fail = (message) => {
    console.error(`error: ${message}`);
    process.exit(1);
  };
  const first = explicit === undefined ? DEFAULT_PORT : Number(explicit);
  const last = explicit === undefined ? first + 20 : first;
  for (let port = first; port <= last; port += 1) {
    try {
      const server = await serve(mounts, { port });
      if (port !== first) console.log(`port ${first} is taken, so this is port ${port}`);
      console.log(`the page is at ${server.url}/   (Ctrl-C ends it)`);
      for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(0));
      return;
    } catch (error) {
      if (error.code === 'EACCES') fail(`port ${port} needs more rights than you have. Choose one above 1023: make demo PORT=8080`);
      if (error.code !== 'EADDRINUSE') fail(`cannot serve on port ${port}: ${error.message}`);
    }
  }
  if (explicit === undefined) fail(`ports ${first} to ${last} are all taken. Choose another: make demo PORT=9000`);
  fail(`port ${first} is taken by another program. Choose another, or none to get a free one: make demo`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main(process.argv.slice(2));
