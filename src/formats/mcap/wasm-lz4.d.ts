/** Types for the part of wasm-lz4 that is used: it has some only for its main module. */
declare module '@foxglove/wasm-lz4/dist/wasm-lz4.js' {
  interface WasmLz4 {
    /** All of its memory; another view of it once it has grown. */
    readonly HEAPU8: Uint8Array;
    _malloc(sizeBytes: number): number;
    _free(pointer: number): void;
    _createDecompressionContext(): number;
    /** @returns the size of what was decompressed; -1 for bytes that are no frame */
    _decompressFrame(context: number, to: number, toBytes: number, from: number, fromBytes: number): number;
  }
  export default function load(): Promise<WasmLz4>;
}
