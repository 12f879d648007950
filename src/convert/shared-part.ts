import { readdirSync, readlinkSync, rmSync, statSync, utimesSync } from 'node:fs';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { COMPANION_SUFFIXES } from '../database/new-recording.js';

const ENDING = '.part';
/** A part is touched so often, and one that was not for long has no process any more, wherever it ran. */
const [TOUCH_INTERVAL_MS, ABANDONED_MS] = [30_000, 15 * 60_000];

/**
 * The part of an output that processes of several machines may write: its name has the machine and the process, so that none writes
 * to that of another. While it is written, its time is kept recent.
 */
export class SharedPart {
  readonly path: string;
  private readonly _outputPath: string;
  private _timer: NodeJS.Timeout | undefined;

  /** @param outputPath absolute path of the output */
  constructor(outputPath: string) {
    this._outputPath = outputPath;
    this.path = `${outputPath}.${machine()}.${process.pid}${ENDING}`;
  }

  /** Keeps the part, which is there, and removes those of processes that are gone. */
  hold(): void {
    this._timer = setInterval(() => this._touch(), TOUCH_INTERVAL_MS).unref();
    const nowMs = statSync(this.path).mtimeMs;
    const folder = dirname(this._outputPath);
    const begins = `${basename(this._outputPath)}.`;
    for (const name of readdirSync(folder)) {
      const path = join(folder, name);
      if (path === this.path || !name.startsWith(begins) || !name.endsWith(ENDING)) continue;
      if (isGone(name.slice(begins.length, -ENDING.length), path, nowMs))
        for (const suffix of ['', ...COMPANION_SUFFIXES])
          rmSync(path + suffix, { recursive: true, force: true });
    }
  }

  /** Lets go of the part. */
  release(): void {
    clearInterval(this._timer);
  }

  private _touch(): void {
    const now = new Date();
    try {
      utimesSync(this.path, now, now);
    } catch {
      // What writes it meets that, too.
    }
  }
}

/** @param owner machine and process of a part */
function isGone(owner: string, path: string, nowMs: number): boolean {
  const [, on, pid] = /^(.*)\.(\d+)$/.exec(owner) ?? [];
  if (on === undefined) return false;
  if (on === machine()) return !isAlive(Number(pid));
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats !== undefined && nowMs - stats.mtimeMs > ABANDONED_MS;
}

/** Names a machine; on Linux also the container on it, where process ids are those of another one. */
function machine(): string {
  let namespace = '';
  try {
    namespace = readlinkSync('/proc/self/ns/pid').replace(/\D/g, '');
  } catch {
    // There is one namespace.
  }
  return `${hostname().replace(/[^\w-]/g, '-')}-${namespace}`;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
