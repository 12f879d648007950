type Child = Node | string;

/** A new element; texts in it are texts, whatever they hold. */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  properties: Partial<HTMLElementTagNameMap[Tag]> = {},
  children: readonly Child[] = [],
): HTMLElementTagNameMap[Tag] {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

export function button(text: string, onclick: () => void, className = ''): HTMLButtonElement {
  return element('button', { type: 'button', className, onclick }, [text]);
}

/** A piece of a line in a color of the style sheet. */
export function swatch(color = 'grey'): HTMLElement {
  const made = element('span', { className: 'swatch', ariaHidden: 'true' });
  made.style.borderColor = `var(--${color})`;
  return made;
}
