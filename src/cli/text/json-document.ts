/**
 * A value as one JSON document. Numbers that JSON does not have are null; integers beyond those that a double holds
 * exactly, such as row ids can be, are strings.
 */
export function jsonDocument(value: unknown): string {
  const plain = (_: string, each: unknown) => {
    if (typeof each !== 'bigint') return each;
    return Number.isSafeInteger(Number(each)) ? Number(each) : each.toString();
  };
  return `${JSON.stringify(value, plain, 2)}\n`;
}
