import { type IntervalHistogram, monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { DELAY_RESOLUTION_MS, type LoopReport, type Sample } from './loop-task.js';

/** Samples memory and event-loop delay of its own process, from its construction on. */
export class FootprintProbe {
  private readonly _startedMs = performance.now();
  private readonly _sentBefore: number;
  private readonly _samples: Sample[] = [];
  private readonly _all = delayMonitor();
  /** Delays since the last sample. */
  private readonly _recent = delayMonitor();

  /** @param sent number of events sent so far */
  constructor(sent: number) {
    this._sentBefore = sent;
  }

  /** Takes a sample. @param sent number of events sent so far */
  look(sent: number): void {
    const { rss, heapUsed, external, arrayBuffers } = process.memoryUsage();
    this._samples.push({
      atS: (performance.now() - this._startedMs) / 1000,
      sent: sent - this._sentBefore,
      rssBytes: rss,
      heapUsedBytes: heapUsed,
      externalBytes: external,
      arrayBuffersBytes: arrayBuffers,
      p99DelayUs: this._recent.count === 0 ? null : delayUs(this._recent.percentile(99)),
    });
    this._recent.reset();
  }

  /** Stops sampling and returns the figures. */
  end(): Pick<LoopReport, 'durationS' | 'eventsPerS' | 'loopDelay' | 'samples'> {
    const all = this._all;
    all.disable();
    this._recent.disable();
    const { atS, sent } = this._samples.at(-1) ?? { atS: 0, sent: 0 };
    return {
      durationS: atS,
      eventsPerS: atS > 0 ? sent / atS : 0,
      loopDelay: {
        p50Us: delayUs(all.percentile(50)),
        p99Us: delayUs(all.percentile(99)),
        maxUs: delayUs(all.max),
      },
      samples: this._samples,
    };
  }
}

function delayMonitor(): IntervalHistogram {
  const monitor = monitorEventLoopDelay({ resolution: DELAY_RESOLUTION_MS });
  monitor.enable();
  return monitor;
}

/** Node records the time between two timers: subtract the requested interval to get the delay. */
function delayUs(recordedNs: number): number {
  return Math.max(0, recordedNs / 1e3 - 1e3 * DELAY_RESOLUTION_MS);
}
