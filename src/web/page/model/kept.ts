import { effect, type Signal, signal } from '@preact/signals';

/** A signal whose value outlives a reload of this tab. A browser that keeps nothing, or something else, is no fault. */
export function kept<T>(name: string, preset: T, isValid: (value: unknown) => value is T): Signal<T> {
  const kept = signal(read(name, preset, isValid));
  effect(() => {
    try {
      sessionStorage.setItem(name, JSON.stringify(kept.value));
    } catch {}
  });
  return kept;
}

function read<T>(name: string, preset: T, isValid: (value: unknown) => value is T): T {
  try {
    const value: unknown = JSON.parse(sessionStorage.getItem(name) ?? 'null');
    return isValid(value) ? value : preset;
  } catch {
    return preset;
  }
}
