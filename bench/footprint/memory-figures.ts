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
    rssGrowthBytesPerS: medianSlope(secondHalf.map(({ atS, rssBytes }) => [atS, rssBytes])),
    heapUsedBytes: heap?.median ?? null,
    largestHeapUsedBytes: heap?.max ?? null,
    largestExternalBytes: spreadOfKnown(samples.map(({ externalBytes }) => externalBytes))?.max ?? null,
    largestArrayBuffersBytes:
      spreadOfKnown(samples.map(({ arrayBuffersBytes }) => arrayBuffersBytes))?.max ?? null,
  };
}

/**
 * The median of the slopes between all pairs of points (Theil and Sen). A garbage collection between two
 * samples, or an outlier, hardly moves it.
 *
 * @param points x and y
 * @returns null if no two points differ in x
 */
export function medianSlope(points: readonly (readonly [x: number, y: number])[]): number | null {
  const slopes = points.flatMap(([x, y], i) =>
    points
      .slice(i + 1)
      .filter(([laterX]) => laterX !== x)
      .map(([laterX, laterY]) => (laterY - y) / (laterX - x)),
  );
  return spreadOfKnown(slopes)?.median ?? null;
}
