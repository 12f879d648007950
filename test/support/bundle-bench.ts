/**
 * Bundles programs of the benchmark, each in its own place: they start in half the time. `publish/program.js` stays as it is,
 * since a test changes a module that it imports, and it imports few.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';

const PROGRAMS = ['main', 'decode/program', 'decode/sqlite-program', 'footprint/program', 'micro/program'];

const COMPILED = fileURLToPath(new URL('../../', import.meta.url));
const BENCH = join(COMPILED, 'bench');

/** Lets each module in a bundle know the address that it has outside of it: files are found by that. */
const ownAddresses: Plugin = {
  name: 'own-addresses',
  setup: ({ onLoad }) => {
    onLoad({ filter: /\.js$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      const { href } = pathToFileURL(path);
      return { contents: source.replaceAll('import.meta.url', JSON.stringify(href)), loader: 'js' };
    });
  },
};

await build({
  ...{ entryPoints: PROGRAMS.map((name) => join(BENCH, `${name}.js`)), outdir: BENCH, outbase: BENCH },
  ...{ bundle: true, packages: 'external', format: 'esm', platform: 'node', target: 'node20' },
  ...{ sourcemap: true, sourcesContent: false, logLevel: 'warning' },
  ...{ allowOverwrite: true, plugins: [ownAddresses] },
});
