const ASCII = /^[ -~]*$/;
const COMBINING = /\p{Mn}|\p{Me}|\p{Cf}/gu;
/** Characters that a terminal shows two columns wide: those of East Asian scripts, and pictures. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/gu;

/** Columns that a terminal needs for a text of one line. */
export function textWidth(text: string): number {
  if (ASCII.test(text)) return text.length;
  const shown = text.replace(COMBINING, '');
  return [...shown].length + (shown.match(WIDE)?.length ?? 0);
}
