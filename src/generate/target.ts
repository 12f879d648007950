import { FIXED_ALTITUDE_DEG } from './mount.js';
import type { Random } from './random.js';
import { siderealDeg, toEquator, turnDeg } from './sky.js';

/** What the telescope observes. Coordinates are of the date (not of an epoch such as J2000), in degrees. */
export interface Target {
  readonly name: string;
  readonly raDeg: number;
  readonly decDeg: number;
  /** Azimuth that the structure turns to: there the target passes over the mirror's axis. */
  readonly structureAzDeg: number;
  readonly magnitude: number;
  readonly instrument: 'lrs2' | 'virus' | 'hpf';
  readonly program: string;
}

const NAMES = ['NGC 4258', 'Mrk 421', 'BD+26°2606', 'GJ 1002', 'Boötes I', 'M 51', 'Feige 67', 'LP 944-20'];
const PROGRAMS = ['UT18-1-004', 'PSU18-1-017', 'M18-1-002', 'G18-1-009', 'HETDEX'];

/** Draws a target that passes over the mirror's axis at `culminationUnixS`. */
export function drawTarget(random: Random, culminationUnixS: number): Target {
  const structureAzDeg = Math.round(random.uniform() * 36000) / 100;
  const { hourAngleDeg, decDeg } = toEquator(structureAzDeg, FIXED_ALTITUDE_DEG);
  const isSurvey = random.chance(0.5);
  return {
    name: isSurvey ? `HETDEX_${String(random.below(10000)).padStart(4, '0')}` : random.pick(NAMES),
    raDeg: turnDeg(siderealDeg(culminationUnixS) - hourAngleDeg),
    decDeg,
    structureAzDeg,
    magnitude: random.between(9, 21),
    instrument: isSurvey ? 'virus' : random.pick(['lrs2', 'hpf']),
    program: isSurvey ? 'HETDEX' : random.pick(PROGRAMS),
  };
}
