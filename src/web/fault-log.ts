import { messageOf, TcsReplayError } from '../shared/errors.js';

/**
 * Tells the user of faults in what serves the page. They end neither the replay nor the page: who asked for what failed is told, too.
 * Errors that are no faults of this program, such as a database that cannot be read, are for the one who asked alone.
 */
export class FaultLog {
  private readonly _onNotice: (notice: string) => void;
  private readonly _told = new Set<string>();

  constructor(onNotice: (notice: string) => void = () => {}) {
    this._onNotice = onNotice;
  }

  /** Tells a fault, unless the same part has had one before. @param part what failed, such as `answering /api/topics`: one of a fixed number */
  note(part: string, error: unknown): void {
    if (error instanceof TcsReplayError || this._told.has(part)) return;
    this._told.add(part);
    const [place = ''] = /^ +at .+$/m.exec((error instanceof Error && error.stack) || '') ?? [];
    this._onNotice(
      `The page in the browser has a fault, and the replay goes on: ${part} failed: ${messageOf(error)}${place && ` (${place.trim()})`}`,
    );
  }

  /** Does something that must not end the replay, and notes what it throws. @returns the message of that; undefined: it went well */
  guard(part: string, act: () => void): string | undefined {
    try {
      act();
      return undefined;
    } catch (error) {
      this.note(part, error);
      return messageOf(error);
    }
  }
}
