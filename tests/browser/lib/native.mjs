// The native trainer, as the reference for what the page answers.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ROOT } from './server.mjs';

/**
 * Run `native-trainer ARGS...` in the repository's root; resolves to its standard output, rejects when it fails.
 * `make test` names the program it has already built in NATIVE_TRAINER; otherwise cargo builds it.
 */
export async function nativeTrainer(args) {
  const built = process.env.NATIVE_TRAINER;
  const [program, before] = built ? [built, []] : ['cargo', ['run', '--quiet', '--package', 'native-trainer', '--']];
  const { stdout } = await promisify(execFile)(program, [...before, ...args], { cwd: ROOT, maxBuffer: 1 << 24 });
  return stdout;
}
