import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { Script } from 'node:vm';
import { crc32 } from 'node:zlib';

const CHECKSUM_BYTES = 4;

/** Node has this function from 20.15 on. */
export const CAN_KEEP = typeof crc32 === 'function';

/**
 * A program of one file as a function of `exports`, `require`, `module`, `__filename` and `__dirname`, with the code that
 * V8 made of it when it was installed.
 *
 * @param path of a bundle in the form of CommonJS, in ASCII, without dynamic imports: in kept code they fail
 * @returns undefined: there is no such code, or it is damaged, or of another version of the file or of Node
 */
export function compiledProgram(path: string): ((...parts: unknown[]) => void) | undefined {
  if (!CAN_KEEP) return undefined;
  let kept: Buffer;
  try {
    kept = readFileSync(keptPath(path));
  } catch {
    return undefined;
  }
  const source = readFileSync(path);
  const cachedData = kept.subarray(CHECKSUM_BYTES);
  // V8 itself looks at versions and lengths only: damaged code can crash the process.
  if (kept.length < CHECKSUM_BYTES || kept.readUInt32LE() !== checksum(source, cachedData)) return undefined;
  const script = scriptOf(path, source, cachedData);
  return script.cachedDataRejected ? undefined : script.runInThisContext();
}

/**
 * Keeps the code of all functions of a program beside it.
 *
 * @throws Error if the code cannot be written
 */
export function keepCompiled(path: string): void {
  const source = readFileSync(path);
  // V8 compiles most functions when they are called first, and would keep none of these.
  setFlagsFromString('--no-lazy');
  const script = scriptOf(path, source);
  // V8 refuses code that was made under other flags.
  setFlagsFromString('--lazy');
  const code = script.createCachedData();
  const sum = Buffer.alloc(CHECKSUM_BYTES);
  sum.writeUInt32LE(checksum(source, code));
  const part = `${keptPath(path)}.part`;
  writeFileSync(part, Buffer.concat([sum, code]));
  renameSync(part, keptPath(path));
}

/** Several versions of Node can keep their code side by side. */
function keptPath(path: string): string {
  return `${path}.${process.version}-${process.platform}-${process.arch}.code`;
}

function checksum(source: Buffer, code: Buffer): number {
  return crc32(code, crc32(source));
}

function scriptOf(filename: string, source: Buffer, cachedData?: Buffer): Script {
  // Before the first line: the lines of the file keep their numbers.
  const code = `(function(exports,require,module,__filename,__dirname){${source.toString('latin1')}\n})`;
  return new Script(code, { filename, cachedData });
}
