import type { JSX } from 'preact';
import * as text from '../../../shared/text.js';
import { Icon } from '../icons.js';
import { timeText } from '../model/clock.js';
import { convertCommand, copyText, playCommand } from '../model/commands.js';
import { isLooping } from '../model/loop.js';
import { range, show } from '../model/window.js';

/** What can be done with the marked range. */
export function RangeBar(): JSX.Element {
  const span = range.value;
  if (span === undefined)
    return (
      <p class="range hint muted">A drag marks a range: to loop it, to zoom in, to copy it as a command.</p>
    );
  return (
    <div class="range" role="group" aria-label="Marked range">
      <span>
        {timeText(span.fromS)} – {timeText(span.toS).slice(11)}{' '}
        <span class="muted">{text.anySpan(span.toS - span.fromS)}</span>
      </span>
      <span class="choices">
        <button
          type="button"
          aria-pressed={isLooping.value}
          title="This page jumps back at the end of the range, as long as it is open (l)"
          onClick={() => {
            isLooping.value = !isLooping.value;
          }}
        >
          Loop
        </button>
        <button type="button" title="Show the range alone (z)" onClick={() => show(span)}>
          Zoom
        </button>
        <button
          type="button"
          title="The command that plays the range"
          onClick={() => void copyText(playCommand(span))}
        >
          Copy command
        </button>
        <button
          type="button"
          title="The command that writes the range into a file"
          onClick={() => void copyText(convertCommand(span))}
        >
          Copy export
        </button>
        <button
          type="button"
          aria-label="Unmark the range"
          title="Unmark the range (Esc)"
          onClick={() => {
            range.value = undefined;
          }}
        >
          <Icon name="close" />
        </button>
      </span>
    </div>
  );
}
