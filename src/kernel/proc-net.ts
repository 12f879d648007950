import { readFileSync } from 'node:fs';

/**
 * The rows of one of Linux's tables of sockets, each as its columns, without the head.
 *
 * @param table such as `tcp`, `tcp6` or `unix`, see proc(5)
 * @throws Error where there is no such table, as on other systems
 */
export function procNetRows(table: string): string[][] {
  const [, ...lines] = readFileSync(`/proc/self/net/${table}`, 'utf8').trimEnd().split('\n');
  return lines.map((line) => line.trim().split(/\s+/));
}
