/**
 * A value as one JSON document. NaN and infinities become null; integers that a double does not hold exactly, such as
 * large row ids, become strings.
 */
export function jsonDocument(value: unknown): string {
  const plain = (_: string, each: unknown) => {
    if (typeof each !== 'bigint') return each;
    return Number.isSafeInteger(Number(each)) ? Number(each) : each.toString();
  };
  return `${JSON.stringify(value, plain, 2)}\n`;
}
