import { createHash } from 'node:crypto';

/** File systems allow 255 bytes; an ending and a number come after it. */
const LONGEST_NAME = 200;
const KEPT_OF_LONG = 160;
const DIGEST_DIGITS = 16;

/** Gives topics names of files: those of real topics are the topics. */
export class FileNames {
  /** In lower case: on some file systems a case makes no difference. */
  private readonly _taken = new Set<string>();

  /** @returns a name without an ending, which no other topic has */
  of(topic: string): string {
    const name = fileName(topic);
    for (let number = 1; ; number++) {
      const numbered = number === 1 ? name : `${name}~${number}`;
      if (this._taken.has(numbered.toLowerCase())) continue;
      this._taken.add(numbered.toLowerCase());
      return numbered;
    }
  }
}

/** A topic with all that a file's name should not have as in a URL: `%2F` for a slash. */
function fileName(topic: string): string {
  let name = '';
  for (const byte of Buffer.from(topic)) {
    const character = String.fromCharCode(byte);
    const isKept = /[\w.-]/.test(character) && !(name === '' && character === '.');
    name += isKept ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  if (name === '') return '%';
  if (name.length <= LONGEST_NAME) return name;
  const digest = createHash('sha256').update(topic).digest('hex').slice(0, DIGEST_DIGITS);
  return `${name.slice(0, KEPT_OF_LONG)}~${digest}`;
}
