import { readFileSync, writeFileSync } from 'node:fs';

const PAGE_BYTES = 4096;

/**
 * Damages a night of `writeTopicsNight`: a page of its event table has nothing but zeros from then on.
 *
 * @param share of the pages before it: 0 to 1. Default: it is in the middle
 */
export function zeroEventPage(path: string, share = 0.5): void {
  const bytes = readFileSync(path);
  const pages = Array.from({ length: bytes.length / PAGE_BYTES }, (_, i) =>
    bytes.subarray(PAGE_BYTES * i, PAGE_BYTES * (i + 1)),
  );
  // It has texts of the topics, and none of the attributes.
  const ofEvents = pages.filter((page) => page.includes('tcs.dome.azimuth') && !page.includes('telescope'));
  ofEvents[Math.floor(ofEvents.length * share)].fill(0);
  writeFileSync(path, bytes);
}
