/** The JSON types of attribute values. */
export type ValueType = 'number' | 'boolean' | 'string' | 'null';

/** Types and range of an attribute's values in the sampled events. */
export interface AttributeFacts {
  readonly key: string;
  /** Number of values by type; types without a value are absent. */
  readonly types: Readonly<Partial<Record<ValueType, number>>>;
  /** Whether every sampled event had the attribute. */
  readonly isAlwaysThere: boolean;
  /** Smallest and largest number; undefined where no value is a number. */
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

  /** @param events number of sampled events */
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
