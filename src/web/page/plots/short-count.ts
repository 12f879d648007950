const compact = new Intl.NumberFormat('en-US', { notation: 'compact', maximumSignificantDigits: 4 });

/** `12.3k`, `1.2M` */
export function shortCount(value: number): string {
  return compact.format(value).replace('K', 'k');
}
