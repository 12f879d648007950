/** The digits of Z85 (ZeroMQ RFC 32), which writes 4 bytes as 5 digits of base 85, most significant first. */
const DIGITS = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#';

/** Decodes Z85, the text form of CURVE keys; undefined where the text is not Z85. */
export function fromZ85(text: string): Buffer | undefined {
  if (text.length % 5 !== 0) return undefined;
  const bytes = Buffer.alloc((text.length / 5) * 4);
  for (let group = 0; group < text.length / 5; group++) {
    let value = 0;
    for (const digit of text.slice(5 * group, 5 * group + 5)) {
      const worth = DIGITS.indexOf(digit);
      if (worth < 0) return undefined;
      value = 85 * value + worth;
    }
    if (value > 0xffff_ffff) return undefined;
    bytes.writeUInt32BE(value, 4 * group);
  }
  return bytes;
}
