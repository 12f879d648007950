import { inspect } from 'node:util';
import { plain } from '../../shared/plain-text.js';

export type Style = 'bold' | 'dim' | 'cyan' | 'green' | 'yellow' | 'red';

/** Text of one style. */
export interface Span {
  readonly text: string;
  readonly style?: Style | undefined;
}

export type Line = readonly Span[];

/**
 * Lines with their escape sequences, cut off at the width of the terminal. Characters in them that would act on the
 * terminal, as a topic or a path can contain, are escaped.
 */
export function painted(lines: readonly Line[], columns: number, hasColors: boolean): string[] {
  return lines.map((line) => {
    let left = columns;
    return line
      .map(({ text, style }) => {
        const characters = [...plain(text)].slice(0, left);
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
