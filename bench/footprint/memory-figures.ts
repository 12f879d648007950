import { theilSen } from '../../src/measure/theil-sen.js';
import { spreadOfKnown } from '../spread.js';
import type { Sample } from './loop-task.js';

/** Figures about a process's memory over time. Null if there are too few samples. */
export interface MemoryFigures {
  /** Median slope over the second half of the samples. */
  readonly rssGrowthBytesPerS: number | null;
  readonly heapUsedBytes: number | null;
  readonly largestHeapUsedBytes: number | null;
  readonly largestExternalBytes: number | null;
  readonly largestArrayBuffersBytes: number | null;
}

export function memoryFigures(samples: readonly Sample[]): MemoryFigures {
  const secondHalf = samples.slice(samples.length >> 1);
  const heap = spreadOfKnown(samples.map(({ heapUsedBytes }) => heapUsedBytes));
  return {
    rssGrowthBytesPerS: theilSen(secondHalf.map(({ atS, rssBytes }) => [atS, rssBytes]))?.slope ?? null,
    heapUsedBytes: heap?.median ?? null,
    largestHeapUsedBytes: heap?.max ?? null,
    largestExternalBytes: spreadOfKnown(samples.map(({ externalBytes }) => externalBytes))?.max ?? null,
    largestArrayBuffersBytes:
      spreadOfKnown(samples.map(({ arrayBuffersBytes }) => arrayBuffersBytes))?.max ?? null,
  };
}
