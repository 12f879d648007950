import { parallacticDeg, shortWayDeg, siderealDeg, toEquator, toHorizon, turnDeg } from './sky.js';

/** The fixed altitude of the primary mirror. The tracker above the mirror follows a target. */
export const FIXED_ALTITUDE_DEG = 55;

/** Half the mirror's radius of curvature: the radius of the sphere on which the tracker moves. */
const FOCAL_RADIUS_MM = 13081.5;

const DEG = Math.PI / 180;

/** Positions of the motors. During an observation the structure stands still, and the tracker moves in x and y. */
export interface Mount {
  readonly structureAzDeg: number;
  readonly xMm: number;
  readonly yMm: number;
}

/** Where a mount points at a moment. */
export interface Pointing extends Mount {
  readonly azDeg: number;
  readonly altDeg: number;
  readonly raDeg: number;
  readonly decDeg: number;
  readonly hourAngleDeg: number;
  readonly siderealDeg: number;
  readonly parallacticDeg: number;
  readonly airmass: number;
}

/** The mount that points at a fixed star, with the structure already turned to `structureAzDeg`. */
export function mountOn(raDeg: number, decDeg: number, structureAzDeg: number, unixS: number): Mount {
  const { azDeg, altDeg } = toHorizon(siderealDeg(unixS) - raDeg, decDeg);
  const offAxis = Math.sin(shortWayDeg(azDeg - structureAzDeg) * DEG) * Math.cos(altDeg * DEG);
  return {
    structureAzDeg,
    xMm: FOCAL_RADIUS_MM * offAxis,
    yMm: FOCAL_RADIUS_MM * Math.sin((altDeg - FIXED_ALTITUDE_DEG) * DEG),
  };
}

/** Where a mount points at a time. */
export function pointingOf(mount: Mount, unixS: number): Pointing {
  const { structureAzDeg, xMm, yMm } = mount;
  const altDeg = FIXED_ALTITUDE_DEG + Math.asin(yMm / FOCAL_RADIUS_MM) / DEG;
  const azDeg = turnDeg(structureAzDeg + Math.asin(xMm / FOCAL_RADIUS_MM / Math.cos(altDeg * DEG)) / DEG);
  const sidereal = siderealDeg(unixS);
  const { hourAngleDeg, decDeg } = toEquator(azDeg, altDeg);
  return {
    structureAzDeg,
    xMm,
    yMm,
    azDeg,
    altDeg,
    raDeg: turnDeg(sidereal - hourAngleDeg),
    decDeg,
    hourAngleDeg,
    siderealDeg: sidereal,
    parallacticDeg: parallacticDeg(hourAngleDeg, decDeg),
    airmass: 1 / Math.sin(altDeg * DEG),
  };
}
