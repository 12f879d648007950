import { Html, html, jsonInHtml } from './html.js';

/** A page loads nothing, and this forbids the browser to load anything, or to send it anywhere. */
const POLICY = [
  "default-src 'none'",
  "script-src 'unsafe-inline'",
  "style-src 'unsafe-inline'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

export interface HtmlPage {
  readonly title: string;
  /** Style sheets. */
  readonly styles: readonly string[];
  readonly body: Html;
  /** What the scripts need: each value is JSON in an element that has its name as id. */
  readonly data: Readonly<Record<string, unknown>>;
  /** Modules that import nothing, in the order in which they run. */
  readonly scripts: readonly string[];
}

/** One self-contained HTML document. */
export function htmlPage({ title, styles, body, data, scripts }: HtmlPage): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
${styles.map((style) => html`<style>\n${new Html(style)}</style>\n`)}</head>
<body>
${body}
${Object.entries(data).map(([id, value]) => html`<script type="application/json" id="${id}">${jsonInHtml(value)}</script>\n`)}${scripts.map((source) => html`<script type="module">\n${script(source)}</script>\n`)}</body>
</html>
`.text;
}

/** Escapes what would end the script element; it can occur only inside a string of the script. */
function script(source: string): Html {
  return new Html(source.replace(/<\/(?=script)/gi, '<\\/'));
}
