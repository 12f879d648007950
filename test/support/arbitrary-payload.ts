import fc from 'fast-check';
import type { ValueKind } from '../../src/payload/payload-scanner.js';

/** A member of a payload: its value is what is behind the quotes and escapes of a string, and else the JSON as it was written. */
export type Member = [key: string, kind: ValueKind, text: string];

const space = fc.string({ unit: fc.constantFrom(' ', '\t', '\n', '\r'), maxLength: 3 });
const digits = fc.stringMatching(/^[0-9]{1,40}$/);
const number = fc
  .tuple(
    fc.constantFrom('', '-'),
    fc.oneof(fc.constant('0'), fc.stringMatching(/^[1-9][0-9]{0,39}$/)),
    fc.option(digits, { nil: undefined }),
    fc.option(fc.tuple(fc.constantFrom('e', 'E'), fc.constantFrom('', '+', '-'), digits), { nil: undefined }),
  )
  .map(([sign, whole, decimals, exponent]) =>
    [sign, whole, decimals === undefined ? '' : `.${decimals}`, ...(exponent ?? [])].join(''),
  );
const string = fc.string({
  unit: fc.oneof(fc.constantFrom('"', '\\', '/', '\0', '\n', 'é', '😀'), fc.string()),
});

/** A JSON string of a text, with characters escaped at random. */
const written = (text: string) =>
  fc.infiniteStream(fc.boolean()).map((choices) => {
    const isEscaped = choices[Symbol.iterator]();
    return `"${Array.from({ length: text.length }, (_, i) => text[i])
      .map((unit) =>
        isEscaped.next().value === true || /["\\\p{Cc}\p{Cs}]/u.test(unit)
          ? `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
          : unit,
      )
      .join('')}"`;
  });
const nested = fc.oneof(
  fc.array(fc.jsonValue(), { maxLength: 3 }).map((value) => ['array', JSON.stringify(value)] as const),
  fc
    .dictionary(string, fc.jsonValue(), { maxKeys: 3 })
    .map((value) => ['object', JSON.stringify(value)] as const),
);

/** A value as it is written, with its kind and its text. */
const value: fc.Arbitrary<{ json: string; kind: ValueKind; text: string }> = fc.oneof(
  string.chain((text) => written(text).map((json) => ({ json, kind: 'string' as const, text }))),
  number.map((json) => ({ json, kind: 'number' as const, text: json })),
  fc
    .boolean()
    .map(String)
    .map((json) => ({ json, kind: 'boolean' as const, text: json })),
  fc.constant({ json: 'null', kind: 'null' as const, text: 'null' }),
  nested.map(([kind, json]) => ({ json, kind, text: json })),
  fc
    .constantFrom('NaN', 'Infinity', '-Infinity')
    .map((json) => ({ json, kind: 'nonFinite' as const, text: json })),
);
const key = string.chain((text) => written(text).map((json) => ({ json, text })));
const spaces = fc.tuple(space, space, space, space);
/** A payload as it may be written, with its members. */
export const payload = fc
  .tuple(fc.array(fc.record({ key, value, spaces }), { maxLength: 80 }), spaces)
  .map(([members, [before, inside, after]]) => {
    const texts = members.map(
      ({ key, value, spaces: [a, b, c, d] }) => `${a}${key.json}${b}:${c}${value.json}${d}`,
    );
    return {
      json: `${before}{${texts.length === 0 ? inside : texts.join(',')}}${after}`,
      members: members.map(({ key, value }): Member => [key.text, value.kind, value.text]),
    };
  });
