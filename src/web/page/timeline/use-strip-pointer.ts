import { useEffect } from 'preact/hooks';
import { pan, range, zoom } from '../model/window.js';
import { type StripPlace, timeAt } from './draw-strip.js';

/** A pointer that moves less than this clicks. */
const LEAST_DRAG = 4;
const WHEEL_ZOOM = 1.0015;

/** What is done where. Places are in CSS pixels: `x` from the left of the strip, `y` from the top of the target. */
export interface PointerActions {
  place(): StripPlace | undefined;
  onHover(x: number, target: EventTarget | null, y: number): void;
  onLeave(): void;
  onClick(x: number, target: EventTarget | null, y: number): void;
}

/** A click, a drag that marks a range, and the wheel. */
export function useStripPointer(
  box: { readonly current: HTMLElement | null },
  actions: PointerActions,
): void {
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    let down: { x: number; timeS: number; isDrag: boolean } | undefined;
    const xOf = (event: MouseEvent) => event.clientX - element.getBoundingClientRect().left;
    const yOf = (event: MouseEvent) => event.clientY - (event.target as Element).getBoundingClientRect().top;
    const onDown = (event: PointerEvent) => {
      const place = actions.place();
      if (event.button !== 0 || place === undefined) return;
      const x = xOf(event);
      down = { x, timeS: timeAt(x, place), isDrag: false };
    };
    const onMove = (event: PointerEvent) => {
      const x = xOf(event);
      const place = actions.place();
      actions.onHover(x, event.target, yOf(event));
      if (down === undefined || place === undefined || down.x < place.left) return;
      if (!down.isDrag && Math.abs(x - down.x) < LEAST_DRAG) return;
      if (!down.isDrag) element.setPointerCapture(event.pointerId);
      down.isDrag = true;
      const timeS = timeAt(Math.min(Math.max(x, place.left), place.width), place);
      range.value = { fromS: Math.min(down.timeS, timeS), toS: Math.max(down.timeS, timeS) };
    };
    const onUp = (event: PointerEvent) => {
      if (down !== undefined && !down.isDrag) actions.onClick(xOf(event), event.target, yOf(event));
      down = undefined;
    };
    const onCancel = () => {
      down = undefined;
    };
    const onWheel = (event: WheelEvent) => {
      const place = actions.place();
      if (place === undefined || !(event.ctrlKey || event.metaKey || event.shiftKey)) return;
      event.preventDefault();
      const delta = event.deltaY || event.deltaX;
      if (event.shiftKey) pan(delta / 1000);
      else zoom(WHEEL_ZOOM ** delta, timeAt(xOf(event), place));
    };
    element.addEventListener('pointerdown', onDown);
    element.addEventListener('pointermove', onMove);
    element.addEventListener('pointerup', onUp);
    element.addEventListener('pointercancel', onCancel);
    element.addEventListener('pointerleave', actions.onLeave);
    // Passive listeners cannot keep the page from zooming.
    element.addEventListener('wheel', onWheel, { passive: false });
    return () => {
      element.removeEventListener('pointerdown', onDown);
      element.removeEventListener('pointermove', onMove);
      element.removeEventListener('pointerup', onUp);
      element.removeEventListener('pointercancel', onCancel);
      element.removeEventListener('pointerleave', actions.onLeave);
      element.removeEventListener('wheel', onWheel);
    };
  }, []);
}
