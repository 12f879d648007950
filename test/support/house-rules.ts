import { arrowsBetween, findCircles, type ImportGraph } from './import-graph.js';

/**
 * The rooms of `src/` from top to bottom: its folders, and each file at its root. A room imports only from
 * itself and from rooms on floors below its own. Rooms on the same floor do not import each other.
 */
export const FLOORS = [
  ['index.ts', 'cli.ts', 'start'],
  ['cli'],
  ['loadtest'],
  ['replay.ts', 'listen.ts', 'prepare.ts', 'record.ts', 'convert'],
  ['inspect', 'reference', 'verify'],
  ['web'],
  ['control'],
  ['options', 'playback'],
  ['metrics'],
  ['measure'],
  ['timeline'],
  ['sources'],
  ['prepare'],
  ['threads'],
  ['record'],
  ['formats'],
  ['generate', 'relay'],
  ['database'],
  ['pacing', 'ledger'],
  ['payload'],
  ['encode'],
  ['selection'],
  ['zmq'],
  ['kernel'],
  ['batch'],
  ['shared'],
];

/** Packages that are bundled into a script for browsers: whoever installs the program needs none of them. */
export const BUNDLED_PACKAGES = ['@preact/signals', 'echarts', 'preact', 'uplot'];

/**
 * Which rooms or files import which of the packages that `package.json` names as dependencies, and of the
 * bundled ones. SQLite is behind one file that reads, and those that write.
 */
export const PACKAGE_IMPORTERS: Record<string, string[]> = {
  '@foxglove/wasm-lz4': ['formats/mcap/lz4.ts'],
  '@foxglove/wasm-zstd': ['formats'],
  '@mcap/core': ['formats'],
  'hyparquet-writer': ['formats'],
  '@preact/signals': ['web'],
  'better-sqlite3': [
    'database/connection.ts',
    'database/growing-recording.ts',
    'database/recording-writer.ts',
    'database/row-buffer.ts',
    'database/bulk/bulk-recording-writer.ts',
    'database/stored-numbers.ts',
  ],
  'csv-parse': ['verify/read-text-events.ts'],
  commander: ['cli.ts', 'cli'],
  echarts: ['cli/load-page/browser/echarts.ts'],
  'fastest-levenshtein': ['shared'],
  'hdr-histogram-js': ['measure'],
  'log-update': ['cli'],
  msgpackr: ['cli', 'encode', 'batch', 'prepare', 'web'],
  ws: ['web'],
  yaml: ['cli/scenario/read-scenario.ts'],
  zod: ['cli/scenario/read-scenario.ts', 'cli/scenario/scenario-schema.ts'],
  preact: ['web'],
  'prom-client': ['metrics/exposition.ts'],
  piscina: ['threads/task-pool.ts', 'threads/serve-tasks.ts'],
  'pretty-bytes': ['database', 'shared'],
  tinyglobby: ['sources'],
  uplot: ['web'],
  zeromq: ['control', 'zmq'],
};

/** What a house is checked by. */
export interface HouseRules {
  floors: string[][];
  packageImporters: Record<string, string[]>;
}

export const HOUSE_RULES: HouseRules = { floors: FLOORS, packageImporters: PACKAGE_IMPORTERS };

/** The room of a file: its first folder, or the file itself where it is at the root. */
export function roomOf(file: string): string {
  return file.split('/')[0] as string;
}

/** The number of rooms, of arrows between them, and of circles of files and of rooms. */
export interface HouseCounts {
  rooms: number;
  arrows: number;
  circlesOfFiles: number;
  circlesOfRooms: number;
}

export function countHouse({ files, imports }: ImportGraph): HouseCounts {
  const arrows = arrowsBetween(imports, roomOf);
  return {
    rooms: new Set(files.map(roomOf)).size,
    arrows: [...arrows.values()].reduce((sum, ends) => sum + ends.size, 0),
    circlesOfFiles: findCircles(arrowsBetween(imports, (file) => file)).length,
    circlesOfRooms: findCircles(arrows).length,
  };
}

/** Says in a sentence each what breaks the rules; nothing where all is in order. */
export function findHouseFaults(graph: ImportGraph, rules: HouseRules = HOUSE_RULES): string[] {
  return [
    ...roomFaults(graph, rules),
    ...importFaults(graph, rules),
    ...packageFaults(graph, rules),
    ...circleFaults(graph),
  ];
}

/** Rooms that the rules do not name, and rooms that the rules name and that do not exist. */
function roomFaults({ files }: ImportGraph, { floors }: HouseRules): string[] {
  const rooms = new Set(files.map(roomOf));
  const known = new Set(floors.flat());
  const unknown = [...rooms].filter((room) => !known.has(room));
  const missing = [...known].filter((room) => !rooms.has(room));
  return [
    ...unknown.map((room) =>
      room.endsWith('.ts')
        ? `src/${room} is at the root of src: only ${rootFilesOf(floors)} are`
        : `src/${room}/ is a room without a floor: add it to FLOORS in test/support/house-rules.ts`,
    ),
    ...missing.map((room) => `src/${room} does not exist: FLOORS in test/support/house-rules.ts names it`),
  ];
}

function rootFilesOf(floors: string[][]): string {
  return list(floors.flat().filter((room) => room.endsWith('.ts')));
}

/** Imports of files that do not exist, and imports of rooms that are not below the importing one. */
function importFaults({ files, imports }: ImportGraph, { floors }: HouseRules): string[] {
  const exists = new Set(files);
  const floorOf = new Map(floors.flatMap((rooms, floor) => rooms.map((room) => [room, floor] as const)));
  const faults: string[] = [];
  for (const { from, to } of imports) {
    const says = `src/${from} imports src/${to}`;
    if (!exists.has(to)) {
      faults.push(`${says}: there is no such file`);
      continue;
    }
    const [importer, imported] = [roomOf(from), roomOf(to)];
    const [upper, lower] = [floorOf.get(importer), floorOf.get(imported)];
    if (importer === imported || upper === undefined || lower === undefined || upper < lower) continue;
    if (upper > lower) faults.push(`${says}: ${importer} is below ${imported}`);
    else faults.push(`${says}: ${importer} and ${imported} are on one floor and do not import each other`);
  }
  return faults;
}

/** Packages that are imported where they should not be, and rows of the rules that no import needs. */
function packageFaults({ packages }: ImportGraph, { packageImporters }: HouseRules): string[] {
  const faults: string[] = [];
  const needed = new Set<string>();
  for (const { from, name } of packages) {
    const importers = packageImporters[name] ?? [];
    const importer = importers.find((importer) => importer === from || importer === roomOf(from));
    if (importer !== undefined) needed.add(`${name} ${importer}`);
    else if (importers.length === 0) faults.push(`src/${from} imports ${name}: no room may import it`);
    else faults.push(`src/${from} imports ${name}: only ${list(importers)} may import it`);
  }
  for (const [name, importers] of Object.entries(packageImporters)) {
    for (const importer of importers.filter((importer) => !needed.has(`${name} ${importer}`))) {
      faults.push(`src/${importer} does not import ${name}: PACKAGE_IMPORTERS says that it may`);
    }
  }
  return faults;
}

/** Circles of files, of rooms, and within each room of its folders and of the files beside these. */
function circleFaults({ imports }: ImportGraph): string[] {
  const faults: string[] = [];
  const report = (nodes: string, nodeOf: (file: string) => string, some = imports) => {
    for (const circle of findCircles(arrowsBetween(some, nodeOf))) {
      const way = circle.map((node) => `src/${node}`).join(' → ');
      faults.push(`${way}: these ${nodes} import each other in a circle`);
    }
  };
  report('files', (file) => file);
  report('rooms', roomOf);
  for (const room of new Set(imports.map(({ from }) => roomOf(from)))) {
    const inside = imports.filter(({ from, to }) => roomOf(from) === room && roomOf(to) === room);
    // Circles of files alone are reported above.
    const folders = inside.filter(({ from, to }) => partOf(from) !== from || partOf(to) !== to);
    report(`parts of ${room}/`, partOf, folders);
  }
  return faults;
}

/** The part of its room that a file belongs to: the folder that it is in, or the file itself. */
function partOf(file: string): string {
  const parts = file.split('/');
  return parts.length > 2 ? parts.slice(0, 2).join('/') : file;
}

function list(items: string[]): string {
  if (items.length < 2) return items.join('');
  return `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;
}

const WIDTH = 110;
const ROOM_WIDTH = 11;

/** The picture of `docs/architecture.md`: each room from top to bottom, and the rooms that it imports. */
export function drawRooms({ imports }: ImportGraph, { floors }: HouseRules = HOUSE_RULES): string {
  const arrows = arrowsBetween(imports, roomOf);
  const rooms = floors.flat();
  const lines: string[] = [];
  for (const room of rooms) {
    const imported = rooms.filter((other) => arrows.get(room)?.has(other));
    let line = `${room.padEnd(ROOM_WIDTH)}→`;
    for (const name of imported.length === 0 ? ['–'] : imported) {
      if (line.length + 1 + name.length > WIDTH) {
        lines.push(line);
        line = ' '.repeat(ROOM_WIDTH + 1);
      }
      line += ` ${name}`;
    }
    lines.push(line);
  }
  return lines.join('\n');
}
