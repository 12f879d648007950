import * as text from '../../shared/text.js';

/** Who is there, and where: `2 subscribers at tcp://127.0.0.1:5556`. */
export function audienceText(subscribers: number, addresses: readonly string[]): string {
  const number = subscribers === 0 ? 'no subscriber' : text.counted(subscribers, 'subscriber');
  return addresses.length === 0 ? number : `${number} at ${addresses.map(text.name).join(', ')}`;
}
