/** The latest two reports of a subscriber: what its rate is counted from. */
export class LatestTwo<Report extends { readonly received: number }> {
  private readonly _timeUs: (report: Report) => number;
  private _before: Report | undefined;
  private _latest: Report | undefined;

  /** @param timeUs when a report was made, in microseconds */
  constructor(timeUs: (report: Report) => number) {
    this._timeUs = timeUs;
  }

  get latest(): Report | undefined {
    return this._latest;
  }

  /** Takes the latest report, which may have been taken before. */
  note(report: Report): void {
    if (this._latest !== undefined && this._timeUs(report) === this._timeUs(this._latest)) return;
    this._before = this._latest;
    this._latest = report;
  }

  /** Events received a second between the two; null: there are not two, or the clock was set back. */
  get receivedPerS(): number | null {
    const [before, latest] = [this._before, this._latest];
    if (before === undefined || latest === undefined) return null;
    const elapsedUs = this._timeUs(latest) - this._timeUs(before);
    return elapsedUs > 0 ? (1e6 * (latest.received - before.received)) / elapsedUs : null;
  }
}
