import { setOwnThreadPolicy, setThreadPolicy } from '../kernel/thread-policy.js';
import { IO_THREAD } from './io-thread.js';

/**
 * The priority of the threads that an event passes through when it is sent: the calling one, and libzmq's. Where the system allows it,
 * they are of real time, and wait for no other thread. They are raised only while events are waited for: flat out they would keep
 * others from running.
 */
export class RaisedPriority {
  private readonly _onRefused: () => void;
  private _isRaised = false;
  private _isRefused = false;
  private _setting: Promise<void> = Promise.resolve();

  /** @param onRefused called once if the system does not allow it. All is as before then */
  constructor(onRefused: () => void) {
    this._onRefused = onRefused;
  }

  /** Default false. Once refused, it is not tried again. */
  set isRaised(isRaised: boolean) {
    if (isRaised === this._isRaised || this._isRefused) return;
    this._isRaised = isRaised;
    this._setting = this._set(isRaised);
  }

  /** Back to the default. Settles when the threads have it. */
  async end(): Promise<void> {
    this.isRaised = false;
    await this._setting;
  }

  private async _set(isRaised: boolean): Promise<void> {
    const policy = isRaised ? 'realTime' : 'other';
    const areSet = await Promise.all([setOwnThreadPolicy(policy), setThreadPolicy(IO_THREAD, policy)]);
    if (!isRaised || areSet.every((isSet) => isSet)) return;
    this._isRefused = true;
    this._onRefused();
    // One of both may have it, which would make the other one wait.
    await Promise.all([setOwnThreadPolicy('other'), setThreadPolicy(IO_THREAD, 'other')]);
  }
}
