import type { JSX } from 'preact';
import { speedText } from '../../../control/speed-ladder.js';
import { Icon } from '../icons.js';
import { isUtc, otherClock, timeText } from '../model/clock.js';
import { dialog } from '../model/dialogs.js';
import { whyNoPast, whyNoStepTo, whyOwnPace } from '../model/limits.js';
import { extent, overview } from '../model/night.js';
import { changeSpeed, changeSpeedBy, nextGap, seekBy, step, togglePause } from '../model/orders.js';
import { isPaused, outcome, positionS, status } from '../model/standing.js';

/** Where the replay stands, and the buttons that drive it. */
export function Transport(): JSX.Element {
  return (
    <section class="transport" aria-label="Transport">
      <Position />
      <Buttons />
      <Speed />
    </section>
  );
}

function Position(): JSX.Element {
  const at = positionS.value;
  const [date, time] = timeText(at, isPaused.value ? 3 : 1).split(' ');
  return (
    <div class="position">
      <State />
      <span class="when">
        {at === null ? (
          <span class="muted">
            {extent.value === undefined ? 'no recorded time' : 'before the first event'}
          </span>
        ) : (
          <>
            <span class="date">{time === undefined ? '' : date}</span> <b class="time">{time ?? date}</b>
          </>
        )}
      </span>
      <button
        type="button"
        class="clock"
        title="The other clock (u)"
        onClick={() => {
          isUtc.value = !isUtc.value;
        }}
      >
        {isUtc.value ? 'UTC' : (overview.value?.timeZone ?? '')}
      </button>
      <span class="other muted">
        {at === null ? '' : `${timeText(at, 0, otherClock.value).slice(11)} ${otherClock.value.name}`}
      </span>
    </div>
  );
}

const STATES: Readonly<Record<string, string>> = {
  opening: 'opening',
  waiting: 'waiting',
  playing: 'playing',
  blocked: 'blocked',
  'caught-up': 'waiting for the recorder',
  paused: 'paused',
  delivering: 'delivering',
  ended: 'ended',
};

function State(): JSX.Element {
  const state = outcome.value === undefined ? (status.value?.state ?? 'opening') : 'ended';
  return (
    <span class={`state ${state}`} role="status">
      {STATES[state] ?? state}
    </span>
  );
}

function Buttons(): JSX.Element {
  const isOver = outcome.value !== undefined;
  const isStill = isPaused.value || isOver;
  const jump = (byS: number, label: string, keys: string) => (
    <Button
      key={label}
      label={byS < 0 ? `Back ${label.slice(1)}` : `Forward ${label.slice(1)}`}
      keys={keys}
      act={() => void seekBy(byS)}
      isOff={isOver}
    >
      {label}
    </Button>
  );
  const hasPast = whyNoPast.value === undefined;
  return (
    <div class="buttons" role="group" aria-label="Play">
      {hasPast ? [jump(-60, '−1m', '↓'), jump(-10, '−10s', '←')] : null}
      <Button class="main" label={isStill ? 'Play' : 'Pause'} keys="space" act={togglePause} isOff={isOver}>
        <Icon name={isStill ? 'play' : 'pause'} />
      </Button>
      <Button label="Step: one event" keys="." act={() => void step()} isOff={isOver}>
        <Icon name="step" />
      </Button>
      {hasPast ? [jump(10, '+10s', '→'), jump(60, '+1m', '↑')] : null}
      {whyNoStepTo.value === undefined ? (
        <Ask kind="step-to-topic" keys="s" label="Step to the next event of a topic" isOff={isOver}>
          <Icon name="stepTo" /> <span>step to…</span>
        </Ask>
      ) : null}
      {hasPast ? <Ahead isOff={isOver} /> : <span class="muted">{whyNoPast}</span>}
    </div>
  );
}

/** What goes to events and times ahead. */
function Ahead({ isOff }: Pick<ButtonProps, 'isOff'>): JSX.Element {
  return (
    <>
      <Ask kind="go-to-topic" keys="n" label="Go to the next event of a topic" isOff={isOff}>
        next of…
      </Ask>
      <Button label="Go past the next gap" keys="g" act={nextGap} isOff={isOff}>
        <Icon name="gap" /> <span>gap</span>
      </Button>
      <Ask kind="go-to-time" keys="t" label="Go to a time" isOff={isOff}>
        go to…
      </Ask>
    </>
  );
}

interface ButtonProps {
  readonly label: string;
  readonly keys: string;
  readonly act: () => void;
  readonly isOff: boolean;
  readonly class?: string;
  readonly children: JSX.Element | string | (JSX.Element | string)[];
}

function Button({ label, keys, act, isOff, class: name = '', children }: ButtonProps): JSX.Element {
  return (
    <button
      type="button"
      class={name}
      aria-label={label}
      title={`${label} (${keys})`}
      disabled={isOff}
      onClick={act}
    >
      {children}
    </button>
  );
}

type AskProps = Omit<ButtonProps, 'act' | 'class'> & {
  readonly kind: 'step-to-topic' | 'go-to-topic' | 'go-to-time';
};

function Ask({ kind, ...props }: AskProps): JSX.Element {
  return (
    <Button
      {...props}
      act={() => {
        dialog.value = { kind };
      }}
    />
  );
}

function Speed(): JSX.Element {
  if (whyOwnPace.value !== undefined) return <p class="speed muted">{whyOwnPace}</p>;
  const speedup = status.value?.speedup ?? 1;
  const speeds = overview.value?.speeds ?? [];
  const all = speeds.includes(speedup) ? speeds : [speedup, ...speeds];
  const isOver = outcome.value !== undefined;
  const text = (speed: number | 'max') => speedText(speed === 'max' ? Number.POSITIVE_INFINITY : speed);
  return (
    <div class="speed" role="group" aria-label="Speed">
      <Button label="Slower" keys="-" act={() => changeSpeedBy(-1)} isOff={isOver}>
        <Icon name="remove" />
      </Button>
      <select
        aria-label="Speed"
        title="Speed (+ - 1)"
        disabled={isOver}
        value={`${speedup}`}
        onChange={({ currentTarget: { value } }) => changeSpeed(value === 'max' ? 'max' : Number(value))}
      >
        {all.map((speed) => (
          <option key={speed} value={`${speed}`}>
            {text(speed)}
          </option>
        ))}
      </select>
      <Button label="Faster" keys="+" act={() => changeSpeedBy(1)} isOff={isOver}>
        <Icon name="add" />
      </Button>
    </div>
  );
}
