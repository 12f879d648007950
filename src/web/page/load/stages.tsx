import type { JSX } from 'preact';
import * as text from '../../../shared/text.js';
import type { LoadStage } from '../../load-protocol.js';
import { loadNow } from '../model/load.js';
import { timeText, UNKNOWN } from './figure-text.js';

/** What each stage aims at, and what was reached: those that were played, the one that is, and those that come. */
export function Stages({ stages }: { readonly stages: readonly LoadStage[] }): JSX.Element {
  const now = loadNow.value;
  const present = now?.phase === 'load' ? now.stage - 1 : -1;
  return (
    <section class="stages" aria-labelledby="stages-title">
      <header>
        <h2 id="stages-title">Stages</h2>
        <span class="muted">Reached: events sent, of those that were due.</span>
      </header>
      <div class="scroll">
        <table class="figures-table">
          <thead>
            <tr>
              <th scope="col">aimed at</th>
              <th scope="col">time</th>
              <th scope="col">reached</th>
              <th scope="col">sent late, p99</th>
            </tr>
          </thead>
          <tbody>
            {stages.map((stage, i) => (
              <Stage key={`${i} ${stage.text}`} stage={stage} number={i + 1} isPresent={i === present} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

interface StageProps {
  readonly stage: LoadStage;
  readonly number: number;
  readonly isPresent: boolean;
}

function Stage({ stage, number, isPresent }: StageProps): JSX.Element {
  const { playedS, durationS, intended, offered, lateP99Us } = stage;
  const hasBegun = playedS > 0;
  return (
    <tr class={isPresent ? 'present' : hasBegun ? '' : 'muted'} aria-current={isPresent ? 'step' : undefined}>
      <th scope="row">
        {number}: {stage.text}
      </th>
      <td>
        {hasBegun && isPresent ? `${text.span(playedS)} of ${text.span(durationS)}` : text.span(durationS)}
      </td>
      <td>{hasBegun ? `${text.count(offered / playedS)}/s${shareText(offered, intended)}` : UNKNOWN}</td>
      <td>{timeText(lateP99Us)}</td>
    </tr>
  );
}

function shareText(offered: number, intended: number): string {
  return intended === 0 ? '' : `, ${((100 * offered) / intended).toFixed(1)}%`;
}
