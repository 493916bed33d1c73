import * as assert from 'node:assert/strict';
import {
  isPyList,
  isPyMap,
  PyDate,
  type PyValue,
  pyJson,
  pyMap,
  pyRepr,
  pyTruthy,
} from '../../src/engine/core/python.ts';
import { parsePyJson } from '../../src/engine/core/python-json.ts';
import { dumpYaml, editYaml, parseYaml } from '../../src/engine/files/yaml-doc.ts';
import { type Random, runSeed, seededRandom } from '../support/random.ts';
import { randomDocument, randomEdit } from './support/random-document.ts';
import { randomJson } from './support/random-yaml.ts';
import { type Answer, askRuamel, type Request } from './support/ruamel.ts';

const COUNT = 1_500;
/** Documents with comments, anchors and edits at once: the library hands comments of shared values around. Of 20,000, 8 differ. */
const TOLERATED_WITH_ANCHORS = 0.003;

interface Trial {
  readonly request: Request;
  readonly ours: () => string;
}

/** Asks for all trials at once and answers those in which we differ. What the library fails at proves nothing. */
function differences(python: string, trials: readonly Trial[]): { failed: string[]; refused: number } {
  const answers = askRuamel(
    python,
    trials.map(({ request }) => request),
  );
  const failed: string[] = [];
  let refused = 0;
  trials.forEach(({ request, ours }, i) => {
    const answer = answers[i] as Answer;
    if ('error' in answer) refused += 1;
    else if (attempt(ours) !== answer.ok)
      failed.push(
        `${JSON.stringify(request)}\nexpected ${JSON.stringify(answer.ok)}\n     got ${JSON.stringify(attempt(ours))}`,
      );
  });
  return { failed, refused };
}

const attempt = (ours: () => string): string => {
  try {
    return ours();
  } catch (error) {
    return `threw ${(error as Error).stack}`;
  }
};

/** As the oracle answers a value. */
function tagged(value: PyValue): PyValue {
  if (value instanceof PyDate) return pyMap([['!date', value.iso]]);
  if (isPyList(value)) return value.map(tagged);
  return isPyMap(value) ? pyMap([['!map', [...value].map(([key, item]) => [tagged(key), tagged(item)])]]) : value;
}

const hasDate = (value: PyValue): boolean =>
  value instanceof PyDate ||
  (isPyList(value) && value.some(hasDate)) ||
  (isPyMap(value) && [...value.values()].some(hasDate));

/** A readable document and a value for it; dates do not survive the way to the oracle. */
function randomTrial(random: Random): { text: string; value: PyValue } {
  for (;;) {
    const text = randomDocument(random);
    try {
      const value = parseYaml(text, 'f');
      if (isPyMap(value) && !hasDate(value)) return { text, value };
    } catch {
      // Random indentation is not always a document.
    }
  }
}

describe("YAML: against DVC's own library", () => {
  const python = process.env['LODE_DVC_PYTHON'];
  const seed = runSeed();
  before(function () {
    if (python !== undefined) return;
    console.log('      LODE_DVC_PYTHON does not name an interpreter that has dvc');
    this.skip();
  });

  const holds = (name: string, trials: (random: Random) => Trial[], tolerated = 0): void => {
    it(name, function () {
      this.timeout(240_000);
      const made = trials(seededRandom(seed));
      const { failed, refused } = differences(python ?? '', made);
      console.log(
        `      seed ${seed}: ${made.length} trials, ${failed.length} differ, ${refused} refused by the library`,
      );
      assert.ok(refused < made.length / 5, 'too few trials prove anything');
      assert.ok(failed.length <= tolerated * made.length, failed.slice(0, 3).join('\n\n'));
    });
  };

  holds(`writes ${COUNT} random values as it does`, (random) =>
    Array.from({ length: COUNT }, () => {
      const json = randomJson(random, 4);
      return { request: { do: 'dump', json }, ours: () => dumpYaml(parsePyJson(json)) };
    }),
  );

  holds(`prints ${COUNT} random values as Python does`, (random) =>
    Array.from({ length: COUNT }, () => {
      const json = randomJson(random, 4);
      return {
        request: { do: 'print', json },
        ours: () => `${pyJson(parsePyJson(json))}\n${pyRepr(parsePyJson(json))}`,
      };
    }),
  );

  holds(`reads ${COUNT} random documents as it does`, (random) =>
    Array.from({ length: COUNT }, () => {
      const { text } = randomTrial(random);
      return {
        request: { do: 'load', text },
        ours: () => {
          const value = parseYaml(text, 'f');
          return pyJson(tagged(pyTruthy(value) ? value : new Map()));
        },
      };
    }),
  );

  const edits = (random: Random, wanted: (text: string) => boolean): Trial[] => {
    const trials: Trial[] = [];
    while (trials.length < COUNT) {
      const { text, value } = randomTrial(random);
      if (!wanted(text)) continue;
      const rate = random.pick([0, 0, 0.1, 0.3]);
      const edited = rate === 0 ? value : randomEdit(random, value, rate);
      if (!isPyMap(edited)) continue;
      trials.push({ request: { do: 'edit', text, json: pyJson(edited) }, ours: () => editYaml(text, edited) });
    }
    return trials;
  };
  holds(`edits ${COUNT} random documents as it does`, (random) => edits(random, (text) => !text.includes('&')));
  holds(
    `edits ${COUNT} random documents, some with anchors, nearly always as it does`,
    (random) => edits(random, () => true),
    TOLERATED_WITH_ANCHORS,
  );
});
