import { inspect } from 'node:util';

export type Style = 'bold' | 'dim' | 'cyan' | 'green' | 'yellow' | 'red';

/** Text of one style. */
export interface Span {
  readonly text: string;
  readonly style?: Style | undefined;
}

export type Line = readonly Span[];

/**
 * Lines with their escape sequences, cut off at the width of the terminal. Control characters, which a topic or a path
 * may contain, are replaced.
 */
export function painted(lines: readonly Line[], columns: number, hasColors: boolean): string[] {
  return lines.map((line) => {
    let left = columns;
    return line
      .map(({ text, style }) => {
        const characters = [...text.replace(/\p{Cc}/gu, '·')].slice(0, left);
        left -= characters.length;
        return hasColors ? inStyle(characters.join(''), style) : characters.join('');
      })
      .join('')
      .trimEnd();
  });
}

// Not util.styleText, which came with Node 20.12.
function inStyle(text: string, style: Style | undefined): string {
  const codes = style && inspect.colors[style];
  return codes === undefined || text === '' ? text : `\u001b[${codes[0]}m${text}\u001b[${codes[1]}m`;
}
