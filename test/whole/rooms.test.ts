import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import {
  BUNDLED_PACKAGES,
  countHouse,
  drawRooms,
  FLOORS,
  findHouseFaults,
  type HouseRules,
  PACKAGE_IMPORTERS,
} from '../support/house-rules.js';
import { addImports, findCircles, type ImportGraph, readImportGraph } from '../support/import-graph.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** Folders of `test/` that mirror no room. */
const OTHER_TESTS = ['bench', 'reliability', 'support', 'whole'];

describe('the rooms of src/', () => {
  const house = readImportGraph(join(ROOT, 'src'));

  it('import only from rooms below them, without circles', (t) => {
    const { rooms, arrows, circlesOfFiles, circlesOfRooms } = countHouse(house);
    t.diagnostic(
      `${rooms} rooms, ${arrows} arrows, circles: ${circlesOfFiles} of files, ${circlesOfRooms} of rooms`,
    );
    const faults = findHouseFaults(house);
    assert.ok(faults.length === 0, `\n${faults.join('\n')}\n`);
    assert.equal(rooms, FLOORS.flat().length);
  });

  it('are drawn in docs/architecture.md as they are', () => {
    const page = readFileSync(join(ROOT, 'docs/architecture.md'), 'utf8');
    const drawn = /^```rooms\n(.*?)\n```$/ms.exec(page)?.[1];
    const real = drawRooms(house);
    assert.ok(drawn === real, `The block \`\`\`rooms of docs/architecture.md should be:\n\n${real}\n`);
  });

  it('are mirrored by the folders of test/', () => {
    const strangers = readdirSync(join(ROOT, 'test'), { withFileTypes: true })
      .filter((entry) => entry.isDirectory() || entry.name.endsWith('.ts'))
      .filter(({ name }) => ![...FLOORS.flat(), ...OTHER_TESTS].includes(name))
      .map(({ name }) => `test/${name} mirrors no room of src/`);
    assert.deepEqual(strangers, []);
  });

  it('import no package that is neither a dependency nor bundled, and each that is', () => {
    const { dependencies, devDependencies } = JSON.parse(
      readFileSync(join(ROOT, 'package.json'), 'utf8'),
    ) as Record<'dependencies' | 'devDependencies', Record<string, string>>;
    const needed = [...Object.keys(dependencies), ...BUNDLED_PACKAGES];
    assert.deepEqual(Object.keys(PACKAGE_IMPORTERS).sort(), needed.sort());
    for (const name of BUNDLED_PACKAGES) assert(name in devDependencies, name);
  });
});

describe('the rules of the house', () => {
  const RULES: HouseRules = {
    floors: [['index.ts'], ['left', 'right'], ['low']],
    packageImporters: { heavy: ['low/only.ts'] },
  };
  /** A house in order, which the cases break. */
  const SOUND = {
    'index.ts': "import { a } from './left/a.js';\nexport { b } from './right/b.js';",
    'left/a.ts': "import { c } from '../low/c.js';",
    'right/b.ts': "import { c } from '../low/c.js';",
    'low/c.ts': "import { only } from './only.js';",
    'low/only.ts': "import { readFileSync } from 'node:fs';\nimport Heavy from 'heavy';",
  };

  it('find no fault in a house that is in order', () => {
    const house = graphOf(SOUND);
    assert.deepEqual(findHouseFaults(house, RULES), []);
    assert.deepEqual(countHouse(house), { rooms: 4, arrows: 4, circlesOfFiles: 0, circlesOfRooms: 0 });
  });

  const CASES: { what: string; files: Record<string, string>; faults: string[] }[] = [
    {
      what: 'an import that goes up',
      files: {
        'low/only.ts': "import Heavy from 'heavy';\nimport { d } from '../left/d.js';",
        'left/d.ts': '',
      },
      faults: ['src/low/only.ts imports src/left/d.ts: low is below left', circle('rooms', 'left', 'low')],
    },
    {
      what: 'an import between rooms on one floor',
      files: { 'left/a.ts': "import { b } from '../right/b.js';\nimport { c } from '../low/c.js';" },
      faults: [
        'src/left/a.ts imports src/right/b.ts: left and right are on one floor and do not import each other',
      ],
    },
    {
      what: 'an import of a file that is not there',
      files: { 'left/a.ts': "import { c } from '../low/c.js';\nimport { d } from './d.js';" },
      faults: ['src/left/a.ts imports src/left/d.ts: there is no such file'],
    },
    {
      what: 'a file too many at the root',
      files: { 'utils.ts': '' },
      faults: ['src/utils.ts is at the root of src: only index.ts are'],
    },
    {
      what: 'a room without a floor',
      files: { 'attic/a.ts': '' },
      faults: ['src/attic/ is a room without a floor: add it to FLOORS in test/support/house-rules.ts'],
    },
    {
      what: 'a circle of types',
      files: {
        'low/c.ts': "import { only } from './only.js';\nimport type { D } from './d.js';",
        'low/d.ts': "import type { C } from './c.js';",
      },
      faults: [circle('files', 'low/c.ts', 'low/d.ts')],
    },
    {
      what: "a circle of a room's folders",
      files: {
        'low/one/a.ts': "import { b } from '../two/b.js';",
        'low/two/c.ts': "import { d } from '../one/d.js';",
        'low/one/d.ts': '',
        'low/two/b.ts': '',
      },
      faults: [circle('parts of low/', 'low/one', 'low/two')],
    },
    {
      what: 'a package in the wrong file',
      files: { 'left/a.ts': "import { c } from '../low/c.js';\nimport type { H } from 'heavy/types';" },
      faults: ['src/left/a.ts imports heavy: only low/only.ts may import it'],
    },
    {
      what: 'a package that no room may import',
      files: { 'left/a.ts': "import { c } from '../low/c.js';\nimport x from '@scope/x/y';" },
      faults: ['src/left/a.ts imports @scope/x: no room may import it'],
    },
    {
      what: 'a permission that is not used',
      files: { 'low/only.ts': '' },
      faults: ['src/low/only.ts does not import heavy: PACKAGE_IMPORTERS says that it may'],
    },
  ];
  for (const { what, files, faults } of CASES) {
    it(`find ${what}`, () => {
      assert.deepEqual(findHouseFaults(graphOf({ ...SOUND, ...files }), RULES), faults);
    });
  }

  it('find a room that is gone', () => {
    const { 'right/b.ts': _, ...rest } = SOUND;
    const house = graphOf({ ...rest, 'index.ts': "import { a } from './left/a.js';" });
    assert.deepEqual(findHouseFaults(house, RULES), [
      'src/right does not exist: FLOORS in test/support/house-rules.ts names it',
    ]);
  });

  it('see every form of import, and none in comments', () => {
    const source = [
      "import 'bare';",
      "import Default, { a } from './a.js';",
      "import type { B } from './b.js';",
      "import {\n  type C,\n  c,\n} from './c.js';",
      "export { d } from './d.js';",
      "export * from './e.js';",
      "const f = await import('./f.js');",
      "type G = import('../g.js').G;",
      "import { again } from './a.js';",
      '/**',
      " * import { h } from './h.js';",
      ' */',
      "// import { i } from './i.js';",
      "export const from = 'somewhere';",
      "export const OPTIONS = [{ name: 'from', flags: '--from' }];",
    ].join('\n');
    const graph: ImportGraph = { files: ['x/y.ts'], imports: [], packages: [] };
    addImports(graph, 'x/y.ts', source);
    const targets = ['x/a.ts', 'x/b.ts', 'x/c.ts', 'x/d.ts', 'x/e.ts', 'x/f.ts', 'g.ts'];
    assert.deepEqual(
      graph.imports,
      targets.map((to) => ({ from: 'x/y.ts', to })),
    );
    assert.deepEqual(graph.packages, [{ from: 'x/y.ts', name: 'bare' }]);
  });

  it('show the shortest circle of several', () => {
    const arrows = new Map([
      ['a', new Set(['b', 'x'])],
      ['b', new Set(['c'])],
      ['c', new Set(['a', 'd'])],
      ['d', new Set(['a'])],
      ['e', new Set(['a', 'f'])],
      ['f', new Set(['e'])],
    ]);
    assert.deepEqual(findCircles(arrows), [
      ['a', 'b', 'c', 'a'],
      ['e', 'f', 'e'],
    ]);
  });

  it('draw each room with what it imports, from top to bottom', () => {
    const picture = ['index.ts   → left right', 'left       → low', 'right      → low', 'low        → –'];
    assert.equal(drawRooms(graphOf(SOUND), RULES), picture.join('\n'));
  });
});

function graphOf(files: Record<string, string>): ImportGraph {
  const graph: ImportGraph = { files: Object.keys(files), imports: [], packages: [] };
  for (const [file, source] of Object.entries(files)) addImports(graph, file, source);
  return graph;
}

function circle(nodes: string, first: string, second: string): string {
  return `src/${first} → src/${second} → src/${first}: these ${nodes} import each other in a circle`;
}
