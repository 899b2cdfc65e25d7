// Builds of the page that differ, without building: copies of dist/ with changed files, finished as a build is.
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from './server.mjs';

const FINISHED = /^(model|catalogue|manifest|offline)-[0-9a-f]{16}(\.\w+)$/;

/** A copy of dist/ that may be changed: a folder under target/. Remove it with `remove`. */
export async function copyOfPage() {
  const folder = await mkdtemp(path.join(ROOT, 'target/page-'));
  await cp(path.join(ROOT, 'dist'), folder, { recursive: true });
  return folder;
}

export const remove = (folder) => rm(folder, { recursive: true, force: true });

/** The one file in `folder` whose name begins so. */
export async function find(folder, beginning) {
  const found = (await readdir(folder)).filter((file) => file.startsWith(beginning));
  if (found.length !== 1) throw new Error(`${folder} has ${found.length} files ${beginning}*, not one`);
  return path.join(folder, found[0]);
}

/** Put a text in the place of another one in a file; both must be equally long where the file is binary. */
export async function edit(file, before, after) {
  const bytes = await readFile(file, 'latin1');
  if (!bytes.includes(before)) throw new Error(`${file} does not contain ${before}`);
  await writeFile(file, bytes.replace(before, after), 'latin1');
}

/** Make a copy of dist/ another build: takes back what .make/finish.mjs did, changes something, has it done again. */
export async function rebuild(folder, change) {
  const page = path.join(folder, 'index.html');
  let html = (await readFile(page, 'utf8')).replace(/\n *<meta http-equiv="content-security-policy"[^>]*>/, '');
  for (const file of await readdir(folder)) {
    const [, name, ending] = file.match(FINISHED) ?? [];
    if (!name) continue;
    html = html.replaceAll(file, name + ending);
    await rename(path.join(folder, file), path.join(folder, name + ending));
  }
  await writeFile(page, html);
  await cp(path.join(ROOT, 'assets/offline/service-worker.js'), path.join(folder, 'service-worker.js'));
  await change((file) => path.join(folder, file));
  await promisify(execFile)(process.execPath, [path.join(ROOT, '.make/finish.mjs'), folder]);
}
