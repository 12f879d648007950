import { setImmediate as eventLoopTurn } from 'node:timers/promises';
import { type Metric, Registry } from 'prom-client';
import type { MetricFamily, Sample } from './metric-family.js';

/** The event loop turns when the work since its last turn has taken this long. */
const LONGEST_WORK_MS = 0.2;
/** Values that are made into text at a time, which takes less than that. */
const SAMPLES_AT_ONCE = 50;

/** Metrics in Prometheus' text format. */
export class Exposition {
  readonly contentType: string = Registry.PROMETHEUS_CONTENT_TYPE;
  private readonly _families: readonly MetricFamily[];

  /** @param families no two of one name */
  constructor(families: readonly MetricFamily[]) {
    this._families = families;
  }

  /** Reads all metrics. The event loop turns meanwhile, so that events which are due do not wait for it. */
  async text(): Promise<string> {
    const parts: string[] = [];
    let turnedMs = performance.now();
    for (const family of this._families) {
      const samples = (await family.read()).filter(({ value }) => !Number.isNaN(value));
      for (let from = 0; from === 0 || from < samples.length; from += SAMPLES_AT_ONCE) {
        const text = await textOf(family, samples.slice(from, from + SAMPLES_AT_ONCE));
        parts.push(from === 0 ? text : withoutHead(text));
        if (performance.now() - turnedMs < LONGEST_WORK_MS) continue;
        await eventLoopTurn();
        turnedMs = performance.now();
      }
    }
    return `${parts.join('\n')}\n`;
  }
}

/** Of one part of a family, with its two lines of head. */
function textOf({ name, type, help }: MetricFamily, samples: readonly Sample[]): Promise<string> {
  const values = samples.map(({ suffix = '', labels = {}, value }) => ({
    ...{ metricName: `${name}${suffix}`, labels, value },
  }));
  const registry = new Registry();
  // What a registry asks of a metric is this alone; its own classes hold values, and these are read.
  registry.registerMetric({ name, get: async () => ({ name, type, help, values }) } as unknown as Metric);
  return registry.getSingleMetricAsString(name);
}

function withoutHead(text: string): string {
  return text.split('\n').slice(2).join('\n');
}
