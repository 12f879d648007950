import { readFileSync, writeFileSync } from 'node:fs';

const PAGE_BYTES = 4096;

/** Damages a night of `writeTopicsNight`: a page of its event table, in the middle, has nothing but zeros from then on. */
export function zeroEventPage(path: string): void {
  const bytes = readFileSync(path);
  const pages = Array.from({ length: bytes.length / PAGE_BYTES }, (_, i) =>
    bytes.subarray(PAGE_BYTES * i, PAGE_BYTES * (i + 1)),
  );
  // It has texts of the topics, and none of the attributes.
  const ofEvents = pages.filter((page) => page.includes('tcs.dome.azimuth') && !page.includes('telescope'));
  ofEvents[Math.floor(ofEvents.length / 2)].fill(0);
  writeFileSync(path, bytes);
}
