/** A string of JSON, or a number. */
const STRING_OR_NUMBER = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g;
/** Begins a text that stands for a number. */
const MARK = '\0';
const MARKED = /"\\u0000([^"]*)"/g;

/**
 * Reads a JSON object and writes each of its values as it is shown: strings without quotes, and numbers with the digits that
 * they came with, of which a number of JavaScript has 17 at most.
 *
 * @throws SyntaxError where the text is no JSON object
 */
export function entriesAsWritten(json: string): [key: string, value: string][] {
  JSON.parse(json);
  const marked = json.replaceAll(STRING_OR_NUMBER, (token) =>
    token.startsWith('"') ? token : `"\\u0000${token}"`,
  );
  const event: unknown = JSON.parse(marked);
  if (typeof event !== 'object' || event === null) throw new SyntaxError('Expected a JSON object');
  return Object.entries(event).map(([key, value]) => [
    key,
    typeof value === 'string'
      ? value.slice(value.startsWith(MARK) ? MARK.length : 0)
      : JSON.stringify(value).replaceAll(MARKED, '$1'),
  ]);
}
