import { isPyMap, type PyValue, pyTruthy } from '../core/python.ts';
import { checkSchema, type Schema, type SchemaProblem } from './schema-check.ts';

const STR: Schema = { is: 'str' };
const BOOL: Schema = { is: 'bool' };
const ANYTHING: Schema = { is: 'anything' };
const STR_LIST: Schema = { listOf: [STR] };

/** Free text about an output, allowed wherever one is described. */
const ANNOTATIONS = { desc: STR, type: STR, labels: STR_LIST, meta: ANYTHING };

const OUT_FLAGS = { ...ANNOTATIONS, cache: BOOL, persist: BOOL, checkpoint: BOOL, remote: STR, push: BOOL };

/** How a plot of a stage is drawn, in the order in which DVC keeps these keys. */
export const PLOT_PROPS = {
  template: STR,
  x: STR,
  y: STR,
  x_label: STR,
  y_label: STR,
  title: STR,
  header: BOOL,
} as const;

const OUT: Schema = { anyOf: [STR, { eachValue: { keys: OUT_FLAGS } }] };
const PLOT_FLAGS: Schema = { keys: { ...OUT_FLAGS, ...PLOT_PROPS } };
const PLOT: Schema = { anyOf: [STR, { eachValue: { anyOf: [PLOT_FLAGS, { listOf: [PLOT_FLAGS] }] } }] };
const VARS: Schema = { listOf: [STR, { is: 'dict' }] };

const STAGE_KEYS = {
  matrix: { eachValue: { anyOf: [STR, { is: 'list' }] } },
  cmd: { anyOf: [STR, { is: 'list' }] },
  wdir: STR,
  deps: STR_LIST,
  params: { listOf: [{ anyOf: [STR, { is: 'dict' }] }] },
  vars: VARS,
  frozen: BOOL,
  meta: ANYTHING,
  desc: STR,
  always_changed: BOOL,
  outs: { listOf: [OUT] },
  metrics: { listOf: [OUT] },
  plots: { listOf: [PLOT] },
} satisfies Record<string, Schema>;

const STAGE: Schema = { keys: STAGE_KEYS, required: ['cmd'] };
const FOREACH_STAGE: Schema = {
  keys: { foreach: { anyOf: [{ is: 'dict' }, { is: 'list' }, STR] }, do: STAGE },
  required: ['foreach', 'do'],
};

const TOP_PLOT: Schema = {
  eachValue: {
    anyOf: [
      {
        keys: {
          x: { anyOf: [STR, { eachValue: STR }] },
          y: { anyOf: [STR, STR_LIST, { eachValue: { anyOf: [STR, STR_LIST] } }] },
          x_label: STR,
          y_label: STR,
          title: STR,
          template: STR,
        },
      },
      { is: 'null' },
    ],
  },
};

export const DVC_YAML: Schema = {
  keys: {
    datasets: ANYTHING,
    plots: { listOf: [{ anyOf: [STR, TOP_PLOT] }] },
    stages: {
      eachValue: {
        choose: (stage) => (isPyMap(stage) && (stage.has('foreach') || stage.has('do')) ? FOREACH_STAGE : STAGE),
      },
    },
    vars: VARS,
    params: STR_LIST,
    metrics: STR_LIST,
    artifacts: { eachValue: { keys: { path: STR, ...ANNOTATIONS }, required: ['path'] } },
  },
};

/** Everything in a parsed `dvc.yaml` that DVC refuses (dvc-format: 4.1, 4.2, 4.5). A file without content passes. */
export const checkDvcYaml = (value: PyValue): SchemaProblem[] => (pyTruthy(value) ? checkSchema(DVC_YAML, value) : []);
