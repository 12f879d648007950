import { InteriorPage } from './interior-page.js';
import { PageFault } from './page-fault.js';
import type { PageFile } from './page-file.js';

/** First bytes of the pages of a b-tree, and whether entries stand in its interior pages, too (https://www.sqlite.org/fileformat.html, 1.6). */
const TREES = {
  table: { interior: 0x05, leaf: 0x0d, hasInteriorEntries: false },
  index: { interior: 0x02, leaf: 0x0a, hasInteriorEntries: true },
} as const;
const CELL_COUNT_AT = 3;
const LEAF_HEADER_BYTES = 8;
/** More levels than a tree of 2^47 bytes in pages of 512 bytes has. */
const MOST_LEVELS = 40;

/**
 * Number of rows of a table, or of entries of an index, from the headers of its pages.
 *
 * @param goOn called for each page that has others below it; what it throws ends the count
 * @throws PageFault
 */
export function countEntries(
  file: PageFile,
  rootPage: number,
  kind: keyof typeof TREES,
  goOn: () => void,
): number {
  const { interior, leaf, hasInteriorEntries } = TREES[kind];
  let visited = 0;
  const countBelow = (page: number, depth: number): number => {
    visited += 1;
    // Pages that lead in a circle would never end.
    if (page < 2 || visited > file.pages || depth > MOST_LEVELS)
      throw new PageFault(`page ${page} cannot be part of a tree`);
    const run = file.pin(page);
    const at = file.offsetIn(run, page);
    const type = run.bytes[at];
    const cells = (run.bytes[at + CELL_COUNT_AT] << 8) | run.bytes[at + CELL_COUNT_AT + 1];
    run.pins -= 1;
    if (type === leaf) {
      if (LEAF_HEADER_BYTES + 2 * cells > file.usableBytes)
        throw new PageFault(`page ${page} has ${cells} cells`);
      return cells;
    }
    if (type !== interior) throw new PageFault(`page ${page} is none of the tree: its type is ${type}`);
    goOn();
    const level = new InteriorPage(file);
    level.take(run, at, cells);
    let count = hasInteriorEntries ? cells : 0;
    for (; level.child <= cells; level.child++) count += countBelow(level.childPage, depth + 1);
    return count;
  };
  return countBelow(rootPage, 0);
}
