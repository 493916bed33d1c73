import * as fs from 'node:fs';
import { Range } from 'vscode';
import { loadEngine } from '../engine.ts';

/** Where parameters stand in their files; each file is read once. */
export class ParamLines {
  readonly #files = new Map<string, Promise<(key: string) => Range>>();

  /** The key's own place, or that of the nearest around it; the first line where neither is there. @param file Absolute. */
  async of(file: string, key: string): Promise<Range> {
    let find = this.#files.get(file);
    if (!find) this.#files.set(file, (find = readPlaces(file)));
    return (await find)(key);
  }
}

async function readPlaces(file: string): Promise<(key: string) => Range> {
  const [{ paramPlaces }, text] = [await loadEngine(), await fs.promises.readFile(file, 'utf8').catch(() => '')];
  const lines = text.replace(/\r\n?/g, '\n');
  const places = new Map(paramPlaces(file, lines).map((place) => [place.key, place]));
  const starts = [0, ...[...lines.matchAll(/\n/g)].map(({ index }) => index + 1)];
  const position = (offset: number): [number, number] => {
    const line = starts.findLastIndex((start) => start <= offset);
    return [line, offset - (starts[line] ?? 0)];
  };
  return (key) => {
    for (let name = key; name !== ''; name = name.slice(0, Math.max(0, name.lastIndexOf('.')))) {
      const found = places.get(name);
      if (found) return new Range(...position(found.start), ...position(found.end));
    }
    return new Range(0, 0, 0, 0);
  };
}
