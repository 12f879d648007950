import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** A file of the page. */
export interface PageFile {
  readonly contentType: string;
  readonly bytes: Buffer;
}

/** The files, by the paths at which they are served. There are no others. */
const FILES: Readonly<Record<string, { readonly name: string; readonly contentType: string }>> = {
  '/': { name: 'index.html', contentType: 'text/html; charset=utf-8' },
  '/app.js': { name: 'app.js', contentType: 'text/javascript; charset=utf-8' },
  '/app.css': { name: 'app.css', contentType: 'text/css; charset=utf-8' },
};

/** The files of the page, which the build has made. Each is read once. */
export class PageFiles {
  private readonly _folder: string | undefined;
  private readonly _read = new Map<string, Promise<PageFile>>();

  /** @param folder default: where the build puts them */
  constructor(folder?: string) {
    this._folder = folder;
  }

  /** Whether a file is served at a path. */
  has(path: string): boolean {
    return Object.hasOwn(FILES, path);
  }

  /** The file at a path that `has`. @throws an error of the file system where the build has not made it */
  get(path: string): Promise<PageFile> {
    let file = this._read.get(path);
    if (file === undefined) {
      const { name, contentType } = FILES[path];
      file = readFile(this._pathOf(name)).then((bytes) => ({ contentType, bytes }));
      file.catch(() => this._read.delete(path));
      this._read.set(path, file);
    }
    return file;
  }

  private _pathOf(name: string): string {
    return this._folder === undefined
      ? createRequire(import.meta.url).resolve(`#web/${name}`)
      : join(this._folder, name);
  }
}
