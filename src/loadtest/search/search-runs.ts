import type { SearchResult, SearchRuns } from './search-result.js';

/** The results of a search that was repeated, as median and range. @param runs at least one */
export function searchRuns(runs: readonly SearchResult[]): SearchRuns {
  const ofVerdict = (verdict: SearchResult['verdict']) => runs.filter((run) => run.verdict === verdict);
  const [found, atLeast] = [ofVerdict('found'), ofVerdict('at-least')];
  const counted = found.length > 0 ? found : atLeast;
  const lowers = counted.flatMap(({ lower }) => lower ?? []).sort((a, b) => a - b);
  const middle = lowers.length >> 1;
  const isMost = (count: number) => 2 * count > runs.length;
  return {
    runs,
    // Between two runs, that of logarithms: loads differ by factors.
    median:
      lowers.length === 0
        ? null
        : lowers.length % 2 === 1
          ? lowers[middle]
          : Math.sqrt(lowers[middle - 1] * lowers[middle]),
    least: lowers[0] ?? null,
    most: lowers.at(-1) ?? null,
    verdict: isMost(found.length)
      ? 'found'
      : isMost(found.length + atLeast.length)
        ? 'at-least'
        : 'inconclusive',
  };
}
