// The site: McDonald Observatory, Texas; east is positive.
const LATITUDE_DEG = 30.681436;
const LONGITUDE_DEG = -104.014742;

const DEG = Math.PI / 180;
const SIN_LATITUDE = Math.sin(LATITUDE_DEG * DEG);
const COS_LATITUDE = Math.cos(LATITUDE_DEG * DEG);

/** Horizontal coordinates. Azimuth counts from north through east. */
interface Horizon {
  readonly azDeg: number;
  readonly altDeg: number;
}

/** Equatorial coordinates. */
interface Equator {
  readonly hourAngleDeg: number;
  readonly decDeg: number;
}

/** Local mean sidereal time, 0 to 360: the linear terms of Meeus, Astronomical Algorithms, eq. 12.4. */
export function siderealDeg(unixS: number): number {
  const daysSinceJ2000 = unixS / 86400 - 10957.5;
  return turnDeg(280.46061837 + 360.98564736629 * daysSinceJ2000 + LONGITUDE_DEG);
}

/** Converts equatorial coordinates to horizontal ones of the site. */
export function toHorizon(hourAngleDeg: number, decDeg: number): Horizon {
  const [azDeg, altDeg] = rotate(hourAngleDeg, decDeg);
  return { azDeg: turnDeg(azDeg), altDeg };
}

/** The inverse of `toHorizon`; the hour angle is -180 to 180. */
export function toEquator(azDeg: number, altDeg: number): Equator {
  const [hourAngleDeg, decDeg] = rotate(azDeg, altDeg);
  return { hourAngleDeg, decDeg };
}

/** The parallactic angle: at a star, between the pole and the zenith; -180 to 180. */
export function parallacticDeg(hourAngleDeg: number, decDeg: number): number {
  const hourAngle = hourAngleDeg * DEG;
  const dec = decDeg * DEG;
  const y = Math.sin(hourAngle) * COS_LATITUDE;
  const x = SIN_LATITUDE * Math.cos(dec) - Math.sin(dec) * COS_LATITUDE * Math.cos(hourAngle);
  return Math.atan2(y, x) / DEG;
}

/** Normalizes an angle to 0 to 360. */
export function turnDeg(angleDeg: number): number {
  const rest = angleDeg % 360;
  return rest < 0 ? rest + 360 : rest;
}

/** Normalizes an angle to -180 to 180: the short way round. */
export function shortWayDeg(angleDeg: number): number {
  return turnDeg(angleDeg + 180) - 180;
}

/** Converts between equatorial and horizontal coordinates: the rotation is its own inverse. */
function rotate(longitudeDeg: number, latitudeDeg: number): [number, number] {
  const longitude = longitudeDeg * DEG;
  const latitude = latitudeDeg * DEG;
  const sinLatitude = Math.sin(latitude);
  const cosLatitude = Math.cos(latitude);
  const cosLongitude = Math.cos(longitude);
  const y = -Math.sin(longitude) * cosLatitude;
  const x = sinLatitude * COS_LATITUDE - cosLatitude * cosLongitude * SIN_LATITUDE;
  const sinHeight = sinLatitude * SIN_LATITUDE + cosLatitude * cosLongitude * COS_LATITUDE;
  return [Math.atan2(y, x) / DEG, Math.asin(Math.max(-1, Math.min(1, sinHeight))) / DEG];
}
