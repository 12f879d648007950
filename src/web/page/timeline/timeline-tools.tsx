import type { JSX } from 'preact';
import { isZoomed, pan, show, shown, zoom } from '../model/window.js';

/** The buttons that choose which time is shown. */
export function TimelineTools(): JSX.Element {
  return (
    <div class="tools" role="group" aria-label="Timeline">
      <button
        type="button"
        title="Earlier"
        aria-label="Earlier"
        disabled={!isZoomed.value}
        onClick={() => pan(-0.5)}
      >
        ‹
      </button>
      <button
        type="button"
        title="Wider (Z)"
        aria-label="Wider"
        disabled={!isZoomed.value}
        onClick={() => zoom(2)}
      >
        −
      </button>
      <button
        type="button"
        title="Closer (z)"
        aria-label="Closer"
        disabled={shown.value === undefined}
        onClick={() => zoom(0.5)}
      >
        +
      </button>
      <button
        type="button"
        title="Later"
        aria-label="Later"
        disabled={!isZoomed.value}
        onClick={() => pan(0.5)}
      >
        ›
      </button>
      <button type="button" title="All (0)" disabled={!isZoomed.value} onClick={() => show(undefined)}>
        All
      </button>
    </div>
  );
}
