/**
 * Bundles what is installed: the library as modules, and each program as one file. `bundle-bench.ts` does it for the programs
 * of the benchmark.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const FOLDER = join(ROOT, 'dist/bundle');

const OPTIONS: BuildOptions = {
  ...{ absWorkingDir: ROOT, outdir: FOLDER, bundle: true, platform: 'node', target: 'node20' },
  ...{ sourcemap: true, sourcesContent: false, logLevel: 'warning', entryNames: '[name]' },
};

/**
 * Packages that each command or thread needs are part of the programs, and `log-update`, which cannot be required. All others are found where they are installed: some have native
 * modules or files of their own, the others are needed by few commands.
 */
const PARTS = [
  'commander',
  'fastest-levenshtein',
  'msgpackr/pack',
  'msgpackr/unpack',
  'pretty-bytes',
  'log-update',
  'hyparquet-writer',
];

/** Leaves the packages that are no parts outside. */
const otherPackages: Plugin = {
  name: 'other-packages',
  setup: ({ onResolve }) => {
    // Neither a path nor `node:…`; what packages that are parts import of themselves is part, too.
    onResolve({ filter: /^[a-z@][\w@/.-]*$/ }, ({ path, importer, kind }) =>
      kind === 'entry-point' || PARTS.includes(path) || importer.includes('node_modules')
        ? undefined
        : { path, external: true },
    );
  },
};

await build({
  ...{ ...OPTIONS, entryPoints: ['src/index.ts'], format: 'esm', splitting: true, packages: 'external' },
});

const START = 'src/start/start.ts';
const { metafile, outputFiles } = await build({
  ...OPTIONS,
  entryPoints: {
    ...{ cli: START, worker: START, subscriber: START, recorder: START, output: START },
    'cli-program': 'src/cli.ts',
    'worker-program': 'src/threads/worker.ts',
    'output-program': 'src/convert/output-thread.ts',
    'subscriber-program': 'src/loadtest/subscriber/subscriber-program.ts',
    'recorder-program': 'src/record/recorder-program.ts',
    'keep-compiled': 'src/start/keep-compiled.ts',
  },
  ...{
    format: 'cjs',
    outExtension: { '.js': '.cjs' },
    plugins: [otherPackages],
    metafile: true,
    write: false,
  },
  // See `compiledProgram`. What is imported dynamically is required when it is needed.
  supported: { 'dynamic-import': false },
  // A file of CommonJS has no `import.meta`.
  define: { 'import.meta.url': 'ownUrl' },
  banner: { js: "const ownUrl = require('node:url').pathToFileURL(__filename).href;" },
});
for (const { path, text } of outputFiles ?? []) {
  writeFileSync(path, path.endsWith('.cjs') ? ascii(text) : text, {
    mode: text.startsWith('#!') ? 0o755 : 0o644,
  });
}
writeFileSync(join(FOLDER, 'LICENSES.txt'), licenses(metafile as Metafile));

/**
 * Escapes the characters that esbuild leaves: those of regular expressions, of tagged templates and of comments. Node reads text in ASCII
 * four times as fast, and V8 keeps it in half the memory.
 */
function ascii(script: string): string {
  return script.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** The licenses of the packages that are part of the programs. */
function licenses({ inputs }: Metafile): string {
  // Of a package within another one, the last name of the path.
  const folders = Object.keys(inputs).flatMap(
    (path) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? [],
  );
  return [...new Set(folders)]
    .map((folder) => `${folder.replace(/^.*node_modules\//, '')}\n\n${licenseOf(join(ROOT, folder))}`)
    .join(`\n\n${'-'.repeat(80)}\n\n`);
}

function licenseOf(folder: string): string {
  const file = readdirSync(folder).find((name) => /^licen[cs]e(\.\w+)?$/i.test(name));
  if (file === undefined) throw new Error(`Expected a license in ${folder}`);
  return readFileSync(join(folder, file), 'utf8').trim();
}
