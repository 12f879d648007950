/// <reference path="./wasm-lz4.d.ts" />

/**
 * Loads a decompressor of LZ4 frames. It throws for bytes that are no whole frame, and for a frame of more than `sizeBytes`.
 *
 * The main module of the package reads a frame as the continuation of the one before, if that was damaged: then all further frames
 * fail. So here its memory is put back to what it was at first.
 */
export async function loadLz4(): Promise<(bytes: Uint8Array, sizeBytes: number) => Buffer> {
  const { default: load } = await import('@foxglove/wasm-lz4/dist/wasm-lz4.js');
  const lz4 = await load();
  const context = lz4._createDecompressionContext();
  const atFirst = lz4.HEAPU8.slice();
  return (bytes, sizeBytes) => {
    const from = lz4._malloc(bytes.length);
    const to = lz4._malloc(sizeBytes);
    lz4.HEAPU8.set(bytes, from);
    const foundBytes = lz4._decompressFrame(context, to, sizeBytes, from, bytes.length);
    if (foundBytes !== sizeBytes) {
      lz4.HEAPU8.fill(0);
      lz4.HEAPU8.set(atFirst);
      throw new Error(foundBytes === -1 ? 'it is damaged' : `${foundBytes} of ${sizeBytes} bytes were found`);
    }
    const records = Buffer.from(lz4.HEAPU8.subarray(to, to + sizeBytes));
    lz4._free(from);
    lz4._free(to);
    return records;
  };
}
