import type { LoadReport } from '../../loadtest/load-report.js';

export function loadPage(report: LoadReport): string {
  return JSON.stringify(report);
}
