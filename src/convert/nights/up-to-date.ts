import { type BigIntStats, statSync } from 'node:fs';

/** Files beside a database that hold a part of it. */
const COMPANIONS = ['', '-wal'];

/**
 * Whether an output is there, and none of its sources is as new as it. An output is as old as the beginning of its conversion: see
 * `Destination`. A source is as new as the last change of its contents, name or place.
 */
export function isUpToDate(output: string, sources: readonly string[]): boolean {
  const made = statOf(output);
  if (made === undefined) return false;
  return sources
    .flatMap((source) => COMPANIONS.map((suffix) => statOf(source + suffix)))
    .every((stats) => stats === undefined || newest(stats) < made.mtimeNs);
}

function newest({ mtimeNs, ctimeNs }: BigIntStats): bigint {
  return mtimeNs > ctimeNs ? mtimeNs : ctimeNs;
}

function statOf(path: string): BigIntStats | undefined {
  return statSync(path, { bigint: true, throwIfNoEntry: false });
}
