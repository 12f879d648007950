import { setThreadPolicy } from '../kernel/thread-policy.js';

/** The thread of libzmq that writes what sockets send. All sockets of a process share it. */
const NAME = 'ZMQbg/IO/0';

/**
 * Whether libzmq's thread writes each message as soon as it is sent, or may wait until a processor is free. It wakes up for each
 * message where it is faster than the sender, and would then interrupt the threads that decode and send, and write a few
 * messages at a time. On busy processors waiting saves a tenth of the CPU time of a replay that is flat out, and a third of its
 * subscribers'. A message at its recorded time must not wait.
 *
 * The thread waits as long as all publishers of the process are flat out. On systems but Linux nothing is changed.
 */
class IoThread {
  /** All publishers, and whether each is flat out. */
  private readonly _publishers = new Map<object, boolean>();
  private _waits = false;
  private _setting: Promise<unknown> = Promise.resolve();

  /** A publisher sends flat out from now on, or each message when it is due. */
  set(publisher: object, isFlatOut: boolean): void {
    this._publishers.set(publisher, isFlatOut);
    this._update();
  }

  /** A publisher sends no more. The last one leaves the thread as it is, for the process may end now. */
  leave(publisher: object): void {
    this._publishers.delete(publisher);
    if (this._publishers.size > 0) this._update();
  }

  private _update(): void {
    const waits = [...this._publishers.values()].every((isFlatOut) => isFlatOut);
    if (waits === this._waits) return;
    this._waits = waits;
    // One after the other: the last one counts.
    this._setting = this._setting.then(() => setThreadPolicy(NAME, waits ? 'batch' : 'other'));
  }
}

/** The thread of this process. */
export const ioThread = new IoThread();
