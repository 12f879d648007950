import Database from 'better-sqlite3';
import { RealText } from './pages/real-text.js';

const INTEGER = /^-?(?:0|[1-9]\d{0,18})$/;
const [SMALLEST_INTEGER, LARGEST_INTEGER] = [-(2n ** 63n), 2n ** 63n - 1n];

/** Finds the numbers of SQLite that go out as given texts. */
export class StoredNumbers {
  private readonly _db = new Database(':memory:');
  private readonly _realText = new RealText(this._db);

  /** @returns an INTEGER or a REAL that goes out as this JSON number, by any way of reading it; undefined where there is none */
  of(json: string): bigint | number | undefined {
    if (INTEGER.test(json)) {
      const integer = BigInt(json);
      const fits = integer >= SMALLEST_INTEGER && integer <= LARGEST_INTEGER;
      return fits && json !== '-0' ? integer : undefined;
    }
    const real = Number(json);
    return Number.isFinite(real) && this._realText.of(real) === json ? real : undefined;
  }

  close(): void {
    this._db.close();
  }
}
