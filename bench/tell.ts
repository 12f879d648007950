/** Prints a line on standard error. */
export function tell(message: string): void {
  process.stderr.write(`${message}\n`);
}
