import { signal } from '@preact/signals';

/** Counts up when colors have changed: charts draw themselves anew. */
export const themeVersion = signal(0);

const cache = new Map<string, string>();

/** A color of the style sheet as it is now, by the name of its custom property. */
export function color(name: string): string {
  let value = cache.get(name);
  if (value === undefined) {
    value = getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
    cache.set(name, value);
  }
  return value;
}

function change(medium: '' | 'print'): void {
  document.documentElement.dataset.medium = medium;
  cache.clear();
  themeVersion.value++;
}

/** Follows the colors of the system. Paper is white. */
export function followTheme(): void {
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => change(''));
  addEventListener('beforeprint', () => change('print'));
  addEventListener('afterprint', () => change(''));
}
