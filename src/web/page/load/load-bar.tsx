import type { JSX } from 'preact';
import * as text from '../../../shared/text.js';
import type { LoadNow } from '../../load-protocol.js';
import { dialog } from '../model/dialogs.js';
import { loadCourse, loadNow } from '../model/load.js';
import { outcome, status } from '../model/standing.js';
import { timeText, UNKNOWN } from './figure-text.js';

const PHASES: Readonly<Record<LoadNow['phase'], string>> = {
  waiting: 'waiting',
  load: 'load',
  drain: 'draining',
  over: 'ended',
};

/** What is sent now, and what was to be. A load test sets its pace itself: it can only be ended. */
export function LoadBar(): JSX.Element {
  const now = loadNow.value;
  const isOver = outcome.value !== undefined;
  const phase = isOver ? 'over' : (now?.phase ?? 'waiting');
  return (
    <section class="transport load-bar" aria-label="Load">
      <span class={`state ${phase === 'load' ? 'playing' : phase === 'over' ? 'ended' : ''}`} role="status">
        {phase === 'waiting' && status.value?.state === 'opening' ? 'opening' : PHASES[phase]}
      </span>
      {now === undefined || now.phase === 'waiting' ? (
        <p class="muted">The load begins when all subscribers are there.</p>
      ) : (
        <Figures now={now} isOver={phase === 'over'} />
      )}
      <button
        type="button"
        title="End the load test (q)"
        disabled={isOver}
        onClick={() => {
          dialog.value = { kind: 'quit' };
        }}
      >
        End…
      </button>
    </section>
  );
}

interface FiguresProps {
  readonly now: LoadNow;
  /** Whether nothing is sent any more. */
  readonly isOver: boolean;
}

function Figures({ now, isOver }: FiguresProps): JSX.Element {
  const { atS, durationS, stage, intended, offeredPerS, lateP99Us, sent } = now;
  const stages = loadCourse.value?.stages.length ?? 0;
  const where = stage === 0 ? 'trial' : `stage ${text.count(stage)} of ${text.count(stages)}`;
  const shownS = Math.min(atS, durationS);
  if (isOver)
    return (
      <dl class="figures">
        <Figure name="sent" value={text.count(sent)} />
      </dl>
    );
  return (
    <>
      <div class="where">
        <span>
          {where}, {text.span(shownS)} of {text.span(durationS)}
        </span>
        <progress max={durationS || 1} value={shownS} aria-label={where} />
      </div>
      <dl class="figures">
        <Figure name="aimed at" value={intended ?? UNKNOWN} />
        <Figure name="reached" value={`${text.count(offeredPerS)}/s`} />
        <Figure name="sent" value={text.count(sent)} />
        <Figure name="sent late, p99" value={timeText(lateP99Us)} />
      </dl>
    </>
  );
}

function Figure({ name, value }: { readonly name: string; readonly value: string }): JSX.Element {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}
