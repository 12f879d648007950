import type { JSX } from 'preact';
import { isZoomed, pan, show, shown, zoom } from '../model/window.js';

interface Tool {
  readonly label: string;
  readonly title: string;
  readonly sign: string;
  readonly act: () => void;
}

const EARLIER: Tool = { label: 'Earlier', title: 'Earlier', sign: '‹', act: () => pan(-0.5) };
const WIDER: Tool = { label: 'Wider', title: 'Wider (Z)', sign: '−', act: () => zoom(2) };
const CLOSER: Tool = { label: 'Closer', title: 'Closer (z)', sign: '+', act: () => zoom(0.5) };
const LATER: Tool = { label: 'Later', title: 'Later', sign: '›', act: () => pan(0.5) };
const ALL: Tool = { label: 'All', title: 'All (0)', sign: 'All', act: () => show(undefined) };

/** The buttons that choose which time is shown. */
export function TimelineTools(): JSX.Element {
  const isWhole = !isZoomed.value;
  return (
    <div class="tools" role="group" aria-label="Timeline">
      <ToolButton tool={EARLIER} isOff={isWhole} />
      <ToolButton tool={WIDER} isOff={isWhole} />
      <ToolButton tool={CLOSER} isOff={shown.value === undefined} />
      <ToolButton tool={LATER} isOff={isWhole} />
      <ToolButton tool={ALL} isOff={isWhole} />
    </div>
  );
}

function ToolButton({ tool, isOff }: { readonly tool: Tool; readonly isOff: boolean }): JSX.Element {
  const { label, title, sign, act } = tool;
  return (
    <button type="button" title={title} aria-label={label} disabled={isOff} onClick={act}>
      {sign}
    </button>
  );
}
