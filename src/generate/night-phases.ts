import { type Mount, mountOn } from './mount.js';
import type { Phase } from './phase.js';
import type { Random } from './random.js';
import { drawTarget, type Target } from './target.js';

const PARKED: Mount = { structureAzDeg: 68.02, xMm: 0, yMm: 0 };

/** The phases of one night, drawn on demand. They have no end. */
export class NightPhases {
  private readonly _random: Random;
  private readonly _startUnixS: number;
  private readonly _phases: Phase[] = [];

  constructor(random: Random, startUnixS: number) {
    this._random = random;
    this._startUnixS = startUnixS;
  }

  /** @param index of the phase, from 0 */
  at(index: number): Phase {
    while (this._phases.length <= index) this._addTarget();
    return this._phases[index] as Phase;
  }

  private _addTarget(): void {
    const random = this._random;
    const last = this._phases.at(-1);
    const startS = last?.endS ?? 0;
    // Only the first target has an idle phase before it: a short one, so that short recordings have a slew too.
    const slewS = startS + (last === undefined ? random.between(5, 12) : 0);
    const acquireS = slewS + random.between(15, 45);
    const trackS = acquireS + random.between(30, 90);
    const endS = trackS + random.between(240, 1500);
    const target = drawTarget(random, this._startUnixS + (trackS + endS) / 2);
    const { raDeg, decDeg, structureAzDeg } = target;
    const mountWhen = (atS: number, azDeg: number, aim: Target): Mount =>
      mountOn(aim.raDeg, aim.decDeg, azDeg, this._startUnixS + atS);
    const from = last === undefined ? PARKED : mountWhen(slewS, last.target.structureAzDeg, last.target);
    const to = mountOn(raDeg, decDeg, structureAzDeg, this._startUnixS + acquireS);
    if (slewS > startS) this._phases.push({ kind: 'idle', startS, endS: slewS, target, from, to });
    this._phases.push({ kind: 'slew', startS: slewS, endS: acquireS, target, from, to });
    this._phases.push({ kind: 'acquire', startS: acquireS, endS: trackS, target, from, to });
    this._phases.push({ kind: 'track', startS: trackS, endS, target, from, to });
  }
}
