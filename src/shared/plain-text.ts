/**
 * Characters that act on a terminal, or on the order in which it shows a text: control characters of ASCII and of C1, line
 * and paragraph separators, and marks of writing direction.
 */
const ACTIVE = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;
/** Those that JSON.stringify leaves as they are. In its text, a line break stands between tokens only. */
const ACTIVE_IN_JSON = /[\u007f-\u009f\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;
const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/**
 * A text as one line that does nothing to a terminal: characters that would are shown as JSON escapes them, such as
 * `\u001b`. Everything that is printed for people goes through here: topics, keys, values, paths, arguments and errors can
 * hold anything.
 */
export function plain(text: string): string {
  return text.replace(ACTIVE, (character) => SHORT[character] ?? escaped(character));
}

/** As `plain`, for a text of several lines. */
export function plainLines(text: string): string {
  return text.split('\n').map(plain).join('\n');
}

/** JSON that means the same and does nothing to a terminal. */
export function plainJson(json: string): string {
  return json.replace(ACTIVE_IN_JSON, escaped);
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
