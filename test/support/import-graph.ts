import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';

/** What the TypeScript files of a folder import. All paths are relative to the folder, with `/`. */
export interface ImportGraph {
  files: string[];
  /** Imports of files, in the order of the files. An import of types counts as one of values does. */
  imports: FileImport[];
  /** Imports of packages; modules of Node do not count. */
  packages: PackageImport[];
}

export interface FileImport {
  from: string;
  to: string;
}

export interface PackageImport {
  from: string;
  name: string;
}

/** `import … from '…'`, `export … from '…'`, `import '…'`, and `import('…')`, of a value or of a type. */
const IMPORT = /^(?:import|export)\b[^;'=]*?\bfrom\s*'([^']+)'|^import\s*'([^']+)'|\bimport\(\s*'([^']+)'/gm;

/** Comments, as biome formats them: examples of code in them import nothing. */
const COMMENT = /\/\*.*?\*\/|^[^\S\n]*\/\/[^\n]*$/gms;

/** Reads the imports of all TypeScript files below a folder. */
export function readImportGraph(folder: string): ImportGraph {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => /\.tsx?$/.test(path))
    .sort();
  const graph: ImportGraph = { files, imports: [], packages: [] };
  for (const from of files) addImports(graph, from, readFileSync(join(folder, from), 'utf8'));
  const withTags = new Set(files.filter((path) => path.endsWith('.tsx')));
  for (const each of graph.imports) if (withTags.has(`${each.to}x`)) each.to += 'x';
  return graph;
}

/** Adds the imports of one file, each target once. */
export function addImports(graph: ImportGraph, from: string, source: string): void {
  const targets = new Set<string>();
  for (const match of source.replace(COMMENT, '').matchAll(IMPORT)) {
    targets.add((match[1] ?? match[2] ?? match[3]) as string);
  }
  for (const target of targets) {
    if (target.startsWith('.')) {
      const to = posix.join(posix.dirname(from), target).replace(/\.js$/, '.ts');
      graph.imports.push({ from, to });
    } else if (!target.startsWith('node:')) {
      const [scope = '', name] = target.split('/');
      graph.packages.push({ from, name: scope.startsWith('@') ? `${scope}/${name}` : scope });
    }
  }
}

/** A graph's arrows: for each node, the nodes that it points to. */
export type Arrows = Map<string, Set<string>>;

/** Makes arrows of imports by naming the node that each file belongs to. Arrows within a node are left out. */
export function arrowsBetween(imports: FileImport[], nodeOf: (file: string) => string): Arrows {
  const arrows: Arrows = new Map();
  for (const { from, to } of imports) {
    const [start, end] = [nodeOf(from), nodeOf(to)];
    if (start === end) continue;
    const ends = arrows.get(start);
    if (ends === undefined) arrows.set(start, new Set([end]));
    else ends.add(end);
  }
  return arrows;
}

/**
 * Finds circles: of each strongly connected component with more than one node, a shortest circle through its
 * first node. The first node is repeated at the end.
 */
export function findCircles(arrows: Arrows): string[][] {
  return componentsOf(arrows).map((component) => {
    const [start] = component as [string];
    const members = new Set(component);
    const cameFrom = new Map<string, string>();
    const queue = [start];
    for (const node of queue) {
      for (const next of arrows.get(node) ?? []) {
        if (next === start) return pathTo(node, cameFrom).concat(start);
        if (!members.has(next) || cameFrom.has(next)) continue;
        cameFrom.set(next, node);
        queue.push(next);
      }
    }
    throw new Error(`${start} is in a component, but in no circle`);
  });
}

function pathTo(node: string, cameFrom: Map<string, string>): string[] {
  const path = [node];
  for (let at = cameFrom.get(node); at !== undefined; at = cameFrom.get(at)) path.unshift(at);
  return path;
}

/** Strongly connected components of more than one node, sorted, by Tarjan's algorithm. */
function componentsOf(arrows: Arrows): string[][] {
  const indexes = new Map<string, number>();
  const stack: string[] = [];
  const components: string[][] = [];

  function visit(node: string): number {
    const index = indexes.size;
    let low = index;
    indexes.set(node, index);
    stack.push(node);
    for (const next of arrows.get(node) ?? []) {
      if (!indexes.has(next)) low = Math.min(low, visit(next));
      else if (stack.includes(next)) low = Math.min(low, indexes.get(next) as number);
    }
    if (low === index) {
      const component = stack.splice(stack.indexOf(node)).sort();
      if (component.length > 1) components.push(component);
    }
    return low;
  }

  for (const node of [...arrows.keys()].sort()) if (!indexes.has(node)) visit(node);
  return components;
}
