import { freePort } from '../../test/support/peer.js';
import { Receiver } from '../receiver.js';
import type { ReceiverChoice, ReceiverTask } from '../receiver-choice.js';
import type { Reception } from '../reception.js';

/** The receivers of one publisher, each in a process of its own. */
export class Receivers {
  /** Address at which they expect the publisher. */
  readonly url: string;
  readonly all: readonly Receiver[];

  private constructor(url: string, all: readonly Receiver[]) {
    this.url = url;
    this.all = all;
  }

  /** Resolves once all have subscribed. They connect as soon as there is a publisher. */
  static async start(
    choice: ReceiverChoice,
    count: number,
    task: Omit<ReceiverTask, 'url'>,
  ): Promise<Receivers> {
    const url = `tcp://127.0.0.1:${await freePort()}`;
    const starts = await Promise.allSettled(
      Array.from({ length: count }, () => Receiver.start(choice, { ...task, url })),
    );
    const started = starts.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []));
    const receivers = new Receivers(url, started);
    if (started.length === count) return receivers;
    await receivers.end();
    throw starts.find((start) => start.status === 'rejected')?.reason;
  }

  /** Resolves when any receiver gets its first event; rejects if one ends without an event. */
  firstEvent(): Promise<void> {
    return Promise.race(this.all.map((receiver) => receiver.firstEvent()));
  }

  /**
   * Resolves once all receivers have all events, or no more arrive. Call it after the publisher has ended.
   */
  receptions(): Promise<Reception[]> {
    return Promise.all(this.all.map((receiver) => receiver.reception()));
  }

  /** Stops the receivers when nothing more can arrive. Resolves once all have ended. */
  async end(): Promise<void> {
    for (const receiver of this.all) receiver.stop();
    await Promise.allSettled(this.all.map((receiver) => receiver.reception()));
  }
}
