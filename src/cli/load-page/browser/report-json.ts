import type { LoadReport } from '../../../loadtest/load-report.js';
import { jsonDocument } from '../../text/json-document.js';
import { element } from './elements.js';

/** The buttons that save and copy the report as JSON. */
export function offerJson(section: HTMLElement, report: LoadReport): void {
  const area = section.querySelector('textarea');
  const status = section.querySelector('[role=status]');
  const does = { save: () => save(report), copy: () => (area === null ? '' : copy(report, area)) };
  for (const [what, run] of Object.entries(does)) {
    const button = section.querySelector<HTMLButtonElement>(`[data-do=${what}]`);
    if (button === null || status === null) continue;
    button.onclick = () => {
      status.textContent = run();
    };
  }
}

function save(report: LoadReport): string {
  const href = URL.createObjectURL(new Blob([jsonDocument(report)], { type: 'application/json' }));
  const download = `loadtest-${report.startedAt.replaceAll(/[^\dT]/g, '').slice(0, 15)}.json`;
  element('a', { href, download }).click();
  // The browser reads it after the click.
  setTimeout(() => URL.revokeObjectURL(href), 60_000);
  return `Saved as ${download}`;
}

/** The newer way to copy is not there for pages that come by HTTP. */
function copy(report: LoadReport, area: HTMLTextAreaElement): string {
  area.hidden = false;
  area.value = jsonDocument(report);
  area.select();
  return document.execCommand('copy') ? 'Copied' : 'Not copied: the browser refused. The text is selected.';
}
