import type { JSX } from 'preact';
import { timeText } from '../model/clock.js';
import { extent } from '../model/night.js';
import { positionS } from '../model/standing.js';

/** The playhead for those who do not see the picture. */
export function Playhead(): JSX.Element | null {
  if (extent.value === undefined) return null;
  const { firstS, lastS } = extent.value;
  return (
    <div
      class="playhead"
      role="slider"
      tabIndex={0}
      aria-label="Playhead: arrow keys go 10 seconds or a minute"
      aria-valuemin={firstS}
      aria-valuemax={lastS}
      aria-valuenow={positionS.value ?? firstS}
      aria-valuetext={timeText(positionS.value)}
    />
  );
}
