/** The JSON types that a value can have. */
export type ValueType = 'number' | 'boolean' | 'string' | 'null';

/** What the values of an attribute are like, in the events that were looked at. */
export interface AttributeFacts {
  readonly key: string;
  /** How many values had which type; types that none had are left out. */
  readonly types: Readonly<Partial<Record<ValueType, number>>>;
  /** Whether each of the events had it. */
  readonly isAlwaysThere: boolean;
  /** Smallest and largest number; undefined where no value was one. */
  readonly range: { readonly least: number; readonly most: number } | undefined;
}

/** Collects the types and the range of an attribute's values. */
export class AttributeProfile {
  private readonly _types: Partial<Record<ValueType, number>> = {};
  private _seen = 0;
  private _least = Number.POSITIVE_INFINITY;
  private _most = Number.NEGATIVE_INFINITY;

  add(value: unknown): void {
    const type = value === null ? 'null' : (typeof value as ValueType);
    this._types[type] = (this._types[type] ?? 0) + 1;
    this._seen += 1;
    if (typeof value !== 'number') return;
    if (value < this._least) this._least = value;
    if (value > this._most) this._most = value;
  }

  /** @param events how many were looked at */
  facts(key: string, events: number): AttributeFacts {
    const hasNumber = this._least <= this._most;
    return {
      key,
      types: { ...this._types },
      isAlwaysThere: this._seen === events,
      range: hasNumber ? { least: this._least, most: this._most } : undefined,
    };
  }
}
