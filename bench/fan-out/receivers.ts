import { freePort } from '../../test/support/peer.js';
import { Receiver, type ReceiverChoice, type ReceiverTask, type Reception } from '../receiver.js';

/** Receivers of one publisher, each in a process of its own. */
export class Receivers {
  /** Where they expect the publisher. */
  readonly url: string;
  readonly all: readonly Receiver[];

  private constructor(url: string, all: readonly Receiver[]) {
    this.url = url;
    this.all = all;
  }

  /** Resolves once all have subscribed; they connect as soon as there is a publisher. */
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

  /** Resolves when the first event reaches the first of them; rejects where one ends without. */
  firstEvent(): Promise<void> {
    return Promise.race(this.all.map((receiver) => receiver.firstEvent()));
  }

  /** Resolves once all has come to all, or nothing more does. For when the publisher has ended. */
  receptions(): Promise<Reception[]> {
    return Promise.all(this.all.map((receiver) => receiver.reception()));
  }

  /** For when nothing more can come. Resolves when none is left. */
  async end(): Promise<void> {
    for (const receiver of this.all) receiver.stop();
    await Promise.allSettled(this.all.map((receiver) => receiver.reception()));
  }
}
