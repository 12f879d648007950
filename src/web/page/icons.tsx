import type { JSX } from 'preact';

const PATHS = {
  play: 'M4 2.5v11l9-5.5z',
  pause: 'M4 3h3v10H4zM9 3h3v10H9z',
  step: 'M3 3v10l6-5zM10.5 3H13v10h-2.5z',
  stepTo: 'M2 3v10l4.5-5zM7 3v10l4.5-5zM12.5 3H14v10h-1.5z',
  gap: 'M2 4h3v8H2zM11 4h3v8h-3zM6.5 7.2h3v1.6h-3z',
  close: 'M4 5l1-1 3 3 3-3 1 1-3 3 3 3-1 1-3-3-3 3-1-1 3-3z',
  add: 'M7.2 3h1.6v4.2H13v1.6H8.800v4.200H7.200V8.800H3V7.200h4.200z',
  remove: 'M3 7.2h10v1.6H3z',
} as const;

/** A small picture beside or in place of a word. */
export function Icon({ name }: { readonly name: keyof typeof PATHS }): JSX.Element {
  return (
    <svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
