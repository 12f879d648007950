/** Estimates how long the trials that are left take: a case takes what it took on average, or else what the others took. */
export class TimeLeft<Case> {
  private readonly _took = new Map<Case, { count: number; totalS: number }>();
  private readonly _cases: readonly Case[];
  private readonly _runs: number;

  /** @param runs number of trials of each case */
  constructor(cases: readonly Case[], runs: number) {
    this._cases = cases;
    this._runs = runs;
  }

  /** A trial of a case has ended. */
  ended(of: Case, tookS: number): void {
    const took = this._took.get(of) ?? { count: 0, totalS: 0 };
    this._took.set(of, { count: took.count + 1, totalS: took.totalS + tookS });
  }

  /** Seconds until the last trial ends; NaN before the first has. */
  get s(): number {
    const all = [...this._took.values()];
    const count = all.reduce((sum, took) => sum + took.count, 0);
    const meanS = all.reduce((sum, took) => sum + took.totalS, 0) / count;
    return this._cases.reduce((sum, each) => {
      const took = this._took.get(each) ?? { count: 0, totalS: 0 };
      const ofCaseS = took.count === 0 ? meanS : took.totalS / took.count;
      return sum + (this._runs - took.count) * ofCaseS;
    }, 0);
  }
}
