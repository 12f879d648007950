import { timeMarks } from '../../../selection/time-axis.js';
import type { TimeZone } from '../../../selection/time-zone.js';
import { plain } from '../../../shared/plain-text.js';
import type { Strip } from '../model/strip.js';
import type { Span } from '../model/window.js';
import { color } from '../theme.js';

export const ROW_HEIGHT = 15;
export const AXIS_HEIGHT = 20;
const DAMAGE_HEIGHT = 5;
const TOTAL_HEIGHT = 38;
export const HEAD_HEIGHT = AXIS_HEIGHT + TOTAL_HEIGHT + DAMAGE_HEIGHT;
const FONT = '11px system-ui, sans-serif';
/** About the width of a character of a mark. */
const CHARACTER = 6.5;

/** Where the strip lies within its canvases, in CSS pixels. */
export interface StripPlace {
  readonly width: number;
  /** Width of the column of names. */
  readonly left: number;
  readonly span: Span;
}

/** What moves over the strip. */
export interface Overlay {
  readonly range: Span | undefined;
  readonly positionS: number | null;
  readonly cursorS: number | null;
}

export function xOf(timeS: number, { width, left, span: { fromS, toS } }: StripPlace): number {
  return left + ((timeS - fromS) / (toS - fromS)) * (width - left);
}

export function timeAt(x: number, { width, left, span: { fromS, toS } }: StripPlace): number {
  return fromS + ((x - left) / (width - left)) * (toS - fromS);
}

/** A context in CSS pixels for the whole of a canvas, which is empty. */
export function clean(canvas: HTMLCanvasElement, width: number, height: number): CanvasRenderingContext2D {
  const ratio = devicePixelRatio || 1;
  const [wide, high] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== wide || canvas.height !== high) {
    canvas.width = wide;
    canvas.height = high;
    canvas.style.height = `${height}px`;
  }
  const context = canvas.getContext('2d') as CanvasRenderingContext2D;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  context.font = FONT;
  return context;
}

/** Draws times, the events of all topics together, and where damage is. */
export function drawHead(
  context: CanvasRenderingContext2D,
  place: StripPlace,
  strip: Strip | undefined,
  zone: TimeZone,
): void {
  const { width, left, span } = place;
  drawMarks(context, place, zone);
  if (strip === undefined) return;
  const base = AXIS_HEIGHT + TOTAL_HEIGHT;
  drawGaps(context, place, strip, AXIS_HEIGHT, TOTAL_HEIGHT);
  const most = strip.total.reduce((a, b) => Math.max(a, b), 0);
  context.save();
  clipRight(context, place, base + DAMAGE_HEIGHT);
  context.fillStyle = color('total');
  if (most > 0) {
    const binWidth = binWidthOf(strip, place);
    for (let i = 0; i < strip.bins; i++) {
      const count = strip.total[i] ?? 0;
      if (count === 0) continue;
      // A single event is still to be seen.
      const height = Math.max(1, (count / most) * (TOTAL_HEIGHT - 4));
      context.fillRect(xOfBin(i, strip, place), base - height, Math.max(binWidth, 0.75), height);
    }
  }
  context.fillStyle = color('bad');
  for (const { fromS, toS } of strip.damage) {
    const [start, end] = [fromS ?? toS ?? span.fromS, toS ?? fromS ?? span.toS];
    const x = xOf(start, place);
    context.fillRect(x - 1, base, Math.max(3, xOf(end, place) - x), DAMAGE_HEIGHT);
  }
  context.restore();
  context.fillStyle = color('line');
  context.fillRect(left, base, width - left, 1);
  context.fillStyle = color('muted');
  context.textBaseline = 'middle';
  context.fillText('all topics', 0, AXIS_HEIGHT + TOTAL_HEIGHT / 2, left - 8);
}

function drawMarks(context: CanvasRenderingContext2D, place: StripPlace, zone: TimeZone): void {
  const { width, left, span } = place;
  context.textBaseline = 'top';
  for (const { timeS, label } of timeMarks(
    span.fromS,
    span.toS,
    Math.floor((width - left) / CHARACTER),
    zone,
  )) {
    const x = Math.round(xOf(timeS, place));
    context.fillStyle = color('line');
    context.fillRect(x, 2, 1, AXIS_HEIGHT + TOTAL_HEIGHT - 2);
    context.fillStyle = color('muted');
    if (x + 4 + context.measureText(label).width <= width) context.fillText(label, x + 4, 3);
  }
}

/** Draws a row for each of these topics. @param y of the first row */
export function drawRows(
  context: CanvasRenderingContext2D,
  place: StripPlace,
  strip: Strip | undefined,
  rows: readonly { readonly id: number; readonly name: string; readonly isSelected: boolean }[],
  y: number,
): void {
  const { width, left } = place;
  const height = rows.length * ROW_HEIGHT;
  context.fillStyle = color('row');
  context.fillRect(left, y, width - left, height);
  if (strip !== undefined) drawGaps(context, place, strip, y, height);
  const most = strip === undefined ? 0 : mostOf(strip);
  context.textBaseline = 'middle';
  rows.forEach(({ id, name, isSelected }, i) => {
    const top = y + i * ROW_HEIGHT;
    if (isSelected) {
      context.fillStyle = color('selected');
      context.fillRect(0, top, left - 4, ROW_HEIGHT);
    }
    context.fillStyle = color(isSelected ? 'ink' : 'muted');
    context.fillText(fitted(context, plain(name), left - 12), 2, top + ROW_HEIGHT / 2 + 0.5);
    const counts = strip?.counts.get(id);
    if (strip !== undefined && counts !== undefined) drawCounts(context, place, strip, counts, most, top);
  });
}

function drawCounts(
  context: CanvasRenderingContext2D,
  place: StripPlace,
  strip: Strip,
  counts: readonly number[],
  most: number,
  top: number,
): void {
  const binWidth = binWidthOf(strip, place);
  context.save();
  clipRight(context, place, top + ROW_HEIGHT, top);
  context.fillStyle = color('heat');
  for (let i = 0; i < counts.length; i++) {
    const count = counts[i];
    if (count === 0 || !(count > 0)) continue;
    context.globalAlpha = HEAT_LEAST + (1 - HEAT_LEAST) * (Math.log1p(count) / Math.log1p(most));
    context.fillRect(xOfBin(i, strip, place), top + 1, Math.max(binWidth, 1.5), ROW_HEIGHT - 2);
  }
  context.restore();
}

/** A single event is to be seen beside thousands. */
const HEAT_LEAST = 0.22;

const mosts = new WeakMap<Strip, number>();

function mostOf(strip: Strip): number {
  const known = mosts.get(strip);
  if (known !== undefined) return known;
  let most = 1;
  for (const row of strip.counts.values()) for (const count of row) if (count > most) most = count;
  mosts.set(strip, most);
  return most;
}

/** Hatches the silences of all topics. */
function drawGaps(
  context: CanvasRenderingContext2D,
  place: StripPlace,
  strip: Strip,
  y: number,
  height: number,
): void {
  context.save();
  clipRight(context, place, y + height, y);
  context.strokeStyle = color('hatch');
  context.lineWidth = 1;
  for (const { fromS, toS } of strip.gaps) {
    const [start, end] = [xOf(fromS, place), xOf(toS, place)];
    if (end < place.left || start > place.width || end - start < 1) continue;
    context.save();
    context.beginPath();
    context.rect(start, y, end - start, height);
    context.clip();
    context.beginPath();
    const first = Math.floor((Math.max(start, place.left) - height) / HATCH) * HATCH;
    for (let x = first; x < Math.min(end, place.width); x += HATCH) {
      context.moveTo(x, y + height);
      context.lineTo(x + height, y);
    }
    context.stroke();
    context.restore();
  }
  context.restore();
}

const HATCH = 6;

/** Draws the range, the pointer and the playhead over what is there. @param isHead whether the playhead has its top here */
export function drawOverlay(
  context: CanvasRenderingContext2D,
  place: StripPlace,
  { range, positionS, cursorS }: Overlay,
  height: number,
  isHead: boolean,
): void {
  context.save();
  clipRight(context, place, height, 0, isHead ? 6 : 0);
  if (range !== undefined) {
    const [start, end] = [xOf(range.fromS, place), xOf(range.toS, place)];
    context.fillStyle = color('range');
    context.fillRect(start, 0, end - start, height);
    context.fillStyle = color('accent');
    for (const x of [start, end]) context.fillRect(Math.round(x), 0, 1, height);
  }
  if (cursorS !== null) {
    context.fillStyle = color('faint');
    context.fillRect(Math.round(xOf(cursorS, place)), 0, 1, height);
  }
  if (positionS !== null) {
    const x = xOf(positionS, place);
    context.fillStyle = color('playhead');
    context.fillRect(x - 0.75, 0, 1.5, height);
    if (isHead) {
      context.beginPath();
      context.moveTo(x - 6, 0);
      context.lineTo(x + 6, 0);
      context.lineTo(x, 8);
      context.fill();
    }
  }
  context.restore();
}

function clipRight(
  context: CanvasRenderingContext2D,
  { left, width }: StripPlace,
  bottom: number,
  top = 0,
  margin = 0,
): void {
  context.beginPath();
  context.rect(left - margin, top, width - left + margin, bottom - top);
  context.clip();
}

function binWidthOf(strip: Strip, place: StripPlace): number {
  return (xOf(strip.toS, place) - xOf(strip.fromS, place)) / strip.bins;
}

function xOfBin(bin: number, strip: Strip, place: StripPlace): number {
  return xOf(strip.fromS + ((strip.toS - strip.fromS) * bin) / strip.bins, place);
}

/** A text that fits; its end tells more than its beginning. */
function fitted(context: CanvasRenderingContext2D, text: string, width: number): string {
  if (context.measureText(text).width <= width) return text;
  let [low, high] = [1, text.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (context.measureText(`…${text.slice(middle)}`).width <= width) high = middle;
    else low = middle + 1;
  }
  return `…${text.slice(low)}`;
}
