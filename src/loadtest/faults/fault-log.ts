import { writeSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { cannotWrite, openReplaceable } from '../../shared/replaceable-file.js';
import type { FaultKind } from './fault-spec.js';

/** What the first line of each file begins with. */
const BEGINS = '{"schema":"tcs-replay-faults/1"';
const WHAT = 'a log of faults';
const FLUSH_MS = 1000;
const MOST_WAITING_BYTES = 1 << 16;

/** A fault that an event got. Events are numbered from 1, as in a ledger. */
export interface FaultEntry {
  readonly number: number;
  /** Of a fault that goes on: the last of its events. */
  readonly last?: number;
  /** Its `__wire_time` without faults, in Unix seconds. */
  readonly wireTime: number;
  readonly topic: string;
  readonly kind: FaultKind;
  /** What was done. */
  readonly what: string;
}

/** Writes faults as lines of JSON, at the latest after a second. A failure does not end the load: `close` tells it. */
export class FaultLog {
  private readonly _path: string;
  private readonly _file: FileHandle;
  private readonly _flushing: NodeJS.Timeout;
  private _waiting = '';
  private _failure: unknown;

  /**
   * Opens a file. An existing log of faults is replaced; any other file is refused.
   *
   * @param name what the user calls the option that gives the path, for errors
   * @param head what the first line says besides
   * @throws TcsReplayError `BAD_OPTION` where another file is there; `WRITE_FAILED`
   */
  static async open(path: string, name: string, head: Readonly<Record<string, unknown>>): Promise<FaultLog> {
    const file = await openReplaceable(path, { name, what: WHAT, begins: BEGINS });
    return new FaultLog(path, file, head);
  }

  private constructor(path: string, file: FileHandle, head: Readonly<Record<string, unknown>>) {
    this._path = path;
    this._file = file;
    this._waiting = `${BEGINS},${JSON.stringify(head).slice(1)}\n`;
    this._flushing = setInterval(() => this._flush(), FLUSH_MS);
    this._flushing.unref();
  }

  add(entry: FaultEntry): void {
    this._waiting += `${JSON.stringify(entry)}\n`;
    if (this._waiting.length > MOST_WAITING_BYTES) this._flush();
  }

  /** Ends the file. @throws TcsReplayError `WRITE_FAILED`, also if an earlier part could not be written */
  async close(): Promise<void> {
    clearInterval(this._flushing);
    this._flush();
    try {
      await this._file.close();
    } catch (error) {
      this._failure ??= error;
    }
    if (this._failure !== undefined) throw cannotWrite(this._path, WHAT, this._failure);
  }

  private _flush(): void {
    const bytes = Buffer.from(this._waiting);
    this._waiting = '';
    if (this._failure !== undefined) return;
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(this._file.fd, bytes, at);
    } catch (error) {
      this._failure = error;
    }
  }
}
