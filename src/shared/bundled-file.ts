import { createRequire } from 'node:module';

/** The path of a file that the build makes of several modules, such as the entry of a thread. */
export function bundledFile(name: string): string {
  return createRequire(import.meta.url).resolve(`#bundle/${name}`);
}
