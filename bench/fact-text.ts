import { figureText } from './figure-text.js';
import type { Fact, Facts, Unit } from './result.js';

type UnitOfName = readonly [suffix: string, unit: Unit, said: string];

/** Suffixes of the names of facts that give the unit. A suffix that ends with another one comes before it. */
const UNITS: readonly UnitOfName[] = [
  ['BytesPerS', 'B/s', ''],
  ['PerS', '1/s', '/s'],
  ['Bytes', 'B', ''],
  ['Share', 'share', ''],
  ['Ppm', 'ppm', ''],
  ['Us', 'us', ''],
  ['Ns', 'ns', ''],
  ['S', 's', ''],
];
const PLAIN: UnitOfName = ['', 'count', ''];

/** All facts in their order: `transport tcp; high water mark 200,000; duration 10.0 s`. */
export function factsText(facts: Facts): string {
  return Object.entries(facts)
    .map(([name, fact]) => `${factName(name)} ${factText(name, fact)}`)
    .join('; ');
}

/** The name in words, without its unit: `durationS` becomes `duration`. */
export function factName(name: string): string {
  const suffix = unitOf(name)?.[0] ?? '';
  const bare = name.slice(0, name.length - suffix.length);
  return bare.replace(/(?<=[a-z0-9])[A-Z]/g, (capital) => ` ${capital.toLowerCase()}`);
}

/** The value, in the unit that the name ends with. */
export function factText(name: string, fact: Fact): string {
  if (fact === null) return 'none';
  if (typeof fact === 'boolean') return fact ? 'yes' : 'no';
  if (typeof fact === 'string') return fact;
  // A seed is copied, not counted: it has no thousands separators.
  if (/seed$/i.test(name)) return String(fact);
  const [, unit, said] = unitOf(name) ?? PLAIN;
  return `${figureText(fact, unit)}${said}`;
}

function unitOf(name: string): UnitOfName | undefined {
  return UNITS.find(([suffix]) => name.endsWith(suffix) && /[a-z0-9]$/.test(name.slice(0, -suffix.length)));
}
