import { setImmediate as turn } from 'node:timers/promises';
import { wireTimeOf } from '../../encode/wire-time-of.js';
import { latenessHistogram } from '../../measure/histogram.js';
import { encodeHistogram } from '../../measure/histogram-text.js';
import type { TaggedInterval } from '../../measure/interval-log.js';
import { latencyNs, ReceptionTally } from '../../measure/reception-tally.js';
import type { Sleeper } from '../../pacing/sleeper.js';
import { topicMatcher } from '../../selection/topic-pattern.js';
import type { Clock } from '../../shared/clock.js';
import { ServiceTimes } from './service-times.js';
import type { SubscriberPlan, SubscriberReport } from './subscriber-messages.js';

/** Longest time without a turn of the event loop, in which messages of the load test are read: twice this. */
const SLICE_NS = 20e6;
const NO_PAYLOAD = Buffer.alloc(0);

/** A subscriber of a load test: it counts events as they come, and takes the time for each that its service says. */
export class OwnSubscriber {
  private readonly _clock: Clock;
  private readonly _sleeper: Sleeper;
  private readonly _service: ServiceTimes;
  private readonly _isWanted: (topic: string) => boolean;
  private readonly _tally = new ReceptionTally();
  /** Undefined without a service: events are done as soon as they are received. */
  private readonly _completion: ReturnType<typeof latenessHistogram> | undefined;
  /** Latencies since the last report with histograms. Undefined: they are not logged. */
  private readonly _unlogged: ReturnType<typeof latenessHistogram> | undefined;
  private _loggedUs: number;
  private _serviceNs = 0;
  private _turnedNs: number;

  constructor({ topics, service, seed, name, isLogged }: SubscriberPlan, clock: Clock, sleeper: Sleeper) {
    this._clock = clock;
    this._sleeper = sleeper;
    this._service = new ServiceTimes(service, seed, name, clock);
    this._isWanted = topicMatcher(topics);
    this._completion = service.kind === 'none' ? undefined : latenessHistogram();
    this._unlogged = isLogged ? latenessHistogram() : undefined;
    this._loggedUs = clock.unixUs();
    this._turnedNs = clock.nowNs();
  }

  /** Receives until the messages end. */
  async run(messages: AsyncIterable<readonly Buffer[]>): Promise<void> {
    for await (const [topicFrame, payload = NO_PAYLOAD] of messages) {
      const stopNs = this._service.stopNs();
      if (stopNs > 0) await this._pass(stopNs, false);
      const topic = topicFrame?.toString() ?? '';
      if (this._isWanted(topic)) {
        const wireUs = wireTimeOf(payload);
        const bytes = (topicFrame?.length ?? 0) + payload.length;
        this._tally.add(topic, bytes, wireUs, this._clock.unixUs());
        const serviceNs = this._service.nextNs();
        if (serviceNs > 0) await this._serve(serviceNs);
        if (!Number.isNaN(wireUs)) this._completion?.recordValue(latencyNs(wireUs, this._clock.unixUs()));
      }
      // Messages that wait in the socket are read in microtasks: the event loop would never turn.
      if (this._clock.nowNs() - this._turnedNs >= SLICE_NS) await this._turn();
    }
  }

  /**
   * What has been received so far.
   *
   * @param withHistograms whether to encode the histograms, which takes a millisecond
   */
  report(withHistograms: boolean): SubscriberReport {
    const recent = this._tally.endInterval(this._unlogged);
    const { received, bytes, unnumbered, duplicated, reordered, early, firstWireUs, lastWireUs } =
      this._tally;
    const { user, system } = process.cpuUsage();
    return {
      atUnixUs: this._clock.unixUs(),
      received,
      bytes,
      unnumbered,
      duplicated,
      reordered,
      early,
      firstWireUs,
      lastWireUs,
      serviceNs: this._serviceNs,
      cpuUs: user + system,
      latency: withHistograms ? encodeHistogram(this._tally.latency) : null,
      completion: withHistograms && this._completion ? encodeHistogram(this._completion) : null,
      recent,
      interval: withHistograms ? this._takeInterval() : null,
    };
  }

  private _takeInterval(): TaggedInterval | null {
    const histogram = this._unlogged;
    const [fromUnixUs, toUnixUs] = [this._loggedUs, this._clock.unixUs()];
    this._loggedUs = toUnixUs;
    if (histogram === undefined || histogram.totalCount === 0) return null;
    const interval = {
      ...{ fromUnixUs, toUnixUs, maxNs: histogram.maxValue },
      histogram: encodeHistogram(histogram),
    };
    histogram.reset();
    return interval;
  }

  private async _serve(serviceNs: number): Promise<void> {
    const beganNs = this._clock.nowNs();
    await this._pass(serviceNs, this._service.needsProcessor);
    this._serviceNs += this._clock.nowNs() - beganNs;
  }

  /** Spins or sleeps for a time, with turns of the event loop between. */
  private async _pass(durationNs: number, needsProcessor: boolean): Promise<void> {
    let nowNs = this._clock.nowNs();
    const endNs = nowNs + durationNs;
    while (nowNs < endNs) {
      const untilNs = Math.min(endNs, nowNs + SLICE_NS);
      if (needsProcessor) this._sleeper.spinUntil(untilNs);
      else this._sleeper.sleep(untilNs - nowNs);
      nowNs = this._clock.nowNs();
      if (nowNs < endNs) {
        await this._turn();
        nowNs = this._clock.nowNs();
      }
    }
  }

  private async _turn(): Promise<void> {
    await turn();
    this._turnedNs = this._clock.nowNs();
  }
}
