import type { Attribute } from '../model/plots.js';

/** What a dragged attribute is called; a text that is dragged from elsewhere is not taken for one. */
const TYPE = 'application/x-tcs-attribute';

export function putAttribute({ dataTransfer }: DragEvent, of: Attribute): void {
  dataTransfer?.setData(TYPE, JSON.stringify(of));
  dataTransfer?.setData('text/plain', `${of.topic} ${of.attribute}`);
}

export function hasAttribute({ dataTransfer }: DragEvent): boolean {
  return dataTransfer?.types.includes(TYPE) ?? false;
}

/** Undefined: something else was dropped. */
export function attributeOf({ dataTransfer }: DragEvent): Attribute | undefined {
  const text = dataTransfer?.getData(TYPE) ?? '';
  return text === '' ? undefined : (JSON.parse(text) as Attribute);
}
