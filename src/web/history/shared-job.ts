/** Work whose result can be read while it is being done. */
export interface Job {
  /** 0 to 1. */
  readonly done: number;
  /** Bytes that its result takes. */
  readonly sizeBytes: number;
  /** Does the work. @throws the reason of the signal */
  run(signal: AbortSignal): Promise<void>;
}

/** A job that somebody reads. */
export interface JobUse<J extends Job> {
  readonly job: J;
  /** Settles when it is done. */
  readonly ended: Promise<void>;
  /** The job is not read any more. It is ended if nobody else reads it. */
  leave(): void;
}

interface Entry<J extends Job> {
  readonly job: J;
  readonly ended: Promise<void>;
  readonly controller: AbortController;
  users: number;
  isDone: boolean;
}

/** Jobs by what they are asked: those who ask the same share one. Results are kept, up to some bytes; those used last stay. */
export class SharedJobs<J extends Job> {
  private readonly _mostBytes: number;
  private readonly _entries = new Map<string, Entry<J>>();

  constructor(mostBytes: number) {
    this._mostBytes = mostBytes;
  }

  /** A result that is kept; undefined: there is none. */
  kept(key: string): J | undefined {
    const entry = this._entries.get(key);
    return entry?.isDone === true ? entry.job : undefined;
  }

  /** Reads a job, which is begun unless there is one. The caller calls `leave`. */
  use(key: string, make: () => J): JobUse<J> {
    const entry = this._entries.get(key) ?? this._begun(key, make());
    // The entry used last comes last.
    this._entries.delete(key);
    this._entries.set(key, entry);
    entry.users += 1;
    let isLeft = false;
    return {
      job: entry.job,
      ended: entry.ended,
      leave: () => {
        if (isLeft) return;
        isLeft = true;
        entry.users -= 1;
        if (entry.users > 0 || entry.isDone) return;
        this._forget(key, entry);
        entry.controller.abort();
      },
    };
  }

  /** Ends all jobs. */
  close(): void {
    for (const { controller } of this._entries.values()) controller.abort();
    this._entries.clear();
  }

  private _begun(key: string, job: J): Entry<J> {
    const controller = new AbortController();
    const ended = job.run(controller.signal);
    const entry: Entry<J> = { job, ended, controller, users: 0, isDone: false };
    ended.then(
      () => {
        entry.isDone = true;
        this._shrink();
      },
      () => this._forget(key, entry),
    );
    return entry;
  }

  private _forget(key: string, entry: Entry<J>): void {
    if (this._entries.get(key) === entry) this._entries.delete(key);
  }

  private _shrink(): void {
    let bytes = 0;
    for (const [key, { job, isDone }] of [...this._entries].reverse()) {
      if (!isDone) continue;
      bytes += job.sizeBytes;
      if (bytes > this._mostBytes) this._entries.delete(key);
    }
  }
}
