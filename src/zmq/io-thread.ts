import { setThreadPolicy, type ThreadPolicy } from '../kernel/thread-policy.js';

/** Name of the thread of libzmq that writes what sockets send. All sockets of a process share it. */
export const IO_THREAD = 'ZMQbg/IO/0';
/** Setting its policy stops the main thread for milliseconds: the first event must not wait for it, and a short replay gains nothing. */
const BEGIN_AFTER_MS = 500;

/**
 * Whether libzmq's thread writes each message as soon as it is sent, or may wait until a processor is free. It wakes up for each
 * message where it is faster than the sender, and would then interrupt the threads that decode and send, and write a few
 * messages at a time. On two busy processors waiting saves some percent of the CPU time of a replay that is flat out, and more of
 * its subscriber's (docs/performance.md, "Publish"). A message at its recorded time must not wait.
 *
 * The thread waits while all publishers of the process are flat out, from half a second on. On systems but Linux nothing is changed.
 */
class IoThread {
  /** All publishers, and whether each is flat out. */
  private readonly _publishers = new Map<object, boolean>();
  private _waits = false;
  private _beginning: NodeJS.Timeout | undefined;
  private _policy: ThreadPolicy = 'other';

  /** A publisher sends flat out from now on, or each message when it is due. */
  set(publisher: object, isFlatOut: boolean): void {
    this._publishers.set(publisher, isFlatOut);
    this._update();
  }

  /** A publisher sends no more. The last one leaves the thread as it is, for the process may end now. */
  leave(publisher: object): void {
    this._publishers.delete(publisher);
    if (this._publishers.size > 0) this._update();
    else clearTimeout(this._beginning);
  }

  private _update(): void {
    const waits = [...this._publishers.values()].every((isFlatOut) => isFlatOut);
    if (waits === this._waits) return;
    this._waits = waits;
    clearTimeout(this._beginning);
    if (waits) this._beginning = setTimeout(() => this._setPolicy('batch'), BEGIN_AFTER_MS).unref();
    else this._setPolicy('other');
  }

  private _setPolicy(policy: ThreadPolicy): void {
    if (policy === this._policy) return;
    this._policy = policy;
    void setThreadPolicy(IO_THREAD, policy);
  }
}

/** The thread of this process. */
export const ioThread = new IoThread();
