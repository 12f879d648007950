import { isoText } from '../../../selection/time-point.js';
import { shellWord } from '../../../shared/shell-word.js';
import { dialog } from './dialogs.js';
import { isLooping } from './loop.js';
import { overview } from './night.js';
import { tell } from './orders.js';
import { status } from './standing.js';
import type { Span } from './window.js';

/** The command that plays a range as it is played now. */
export function playCommand(span: Span): string {
  const speedup = status.peek()?.speedup ?? 1;
  const speed = speedup === 1 ? [] : ['-s', `${speedup}`];
  return command([...paths(), ...times(span), ...speed, ...(isLooping.peek() ? ['--loop'] : [])]);
}

/** The command that writes a range into a file of its own. */
export function convertCommand(span: Span): string {
  return command(['convert', ...paths(), 'range.mcap', ...times(span)]);
}

/** Copies a command. Where the browser does not allow that, it is shown, to be copied by hand. */
export async function copyText(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    tell(`Copied: ${text.length > MOST_TOLD ? `${text.slice(0, MOST_TOLD)}…` : text}`);
  } catch {
    dialog.value = { kind: 'command', text };
  }
}

const MOST_TOLD = 300;

function paths(): string[] {
  // A path that looks like an option would be taken for one.
  return (overview.peek()?.sources ?? []).map(({ path }) => (path.startsWith('-') ? `./${path}` : path));
}

function times({ fromS, toS }: Span): string[] {
  return ['--start', isoText(fromS), '--end', isoText(toS)];
}

function command(words: readonly string[]): string {
  return ['tcs-replay', ...words].map(shellWord).join(' ');
}
