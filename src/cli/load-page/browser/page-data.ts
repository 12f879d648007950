import type { LoadReport } from '../../../loadtest/load-report.js';
import type { ChartView } from '../chart-view.js';

/** What the page has in it for its script. */
export interface PageData {
  readonly report: LoadReport;
  readonly view: ChartView;
}

export function pageData(): PageData {
  return { report: parsed('report'), view: parsed('view') };
}

function parsed<T>(id: string): T {
  return JSON.parse(byId(id).textContent) as T;
}

export function byId(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no element ${id}`);
  return found;
}
