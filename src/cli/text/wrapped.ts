/** Width of what is printed where there is no terminal. */
export const REPORT_COLUMNS = 80;

/** A space at which no line is broken. */
export const UNBROKEN = '\u00a0';

/** A text from outside, which is kept on one line: it must not choose what a line begins with. */
export function unbroken(text: string): string {
  return text.replaceAll(' ', UNBROKEN);
}

/** A text in lines of at most `columns`, broken at spaces; longer words are broken too. At least one line. */
export function wrapped(words: string, columns: number): string[] {
  const lines: string[] = [];
  for (const word of words.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= columns)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(...(word.match(new RegExp(`.{1,${columns}}`, 'gu')) ?? ['']));
  }
  return lines.map((line) => line.replaceAll(UNBROKEN, ' ').trimEnd());
}

/** A named value, with further lines of the value below its first. Words that are longer than a line, as a path can be, are kept whole. */
export function hanging(name: string, value: string, columns: number): string {
  const lines: string[] = [];
  for (const word of value.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && name.length + last.length + 1 + word.length <= columns)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines
    .map((line, i) =>
      `${i === 0 ? name : ' '.repeat(name.length)}${line.replaceAll(UNBROKEN, ' ')}`.trimEnd(),
    )
    .join('\n');
}
