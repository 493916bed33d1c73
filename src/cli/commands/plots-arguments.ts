import type { PyKey, PyMap, PyValue } from '../../engine/core/python.ts';
import type { ParsedArgs } from '../parsed-args.ts';
import type { ArgumentSpec } from '../spec.ts';

/** How a plot is drawn. */
export const PROPS: readonly ArgumentSpec[] = [
  {
    flags: ['-t', '--template'],
    count: '?',
    metavar: '<path>',
    help: 'Template to draw with: a built-in one, one in .dvc/plots, or a file.',
    complete: 'file',
  },
  { flags: ['-x'], metavar: '<field>', help: 'Field of the X axis.' },
  { flags: ['-y'], metavar: '<field>', help: 'Field of the Y axis.' },
  { flags: ['--no-header'], action: 'flag', help: 'The first line of a CSV or TSV file is data.' },
  { flags: ['--title'], metavar: '<text>', help: 'Title of the plot.' },
  { flags: ['--x-label'], metavar: '<text>', help: 'Label of the X axis.' },
  { flags: ['--y-label'], metavar: '<text>', help: 'Label of the Y axis.' },
];

/** What becomes of plots. */
export const OUTPUT: readonly ArgumentSpec[] = [
  {
    flags: ['-o', '--out'],
    metavar: '<path>',
    help: 'Folder to write to; `plots.out_dir` of the configuration, or dvc_plots, unless told.',
    complete: 'dir',
  },
  { flags: ['--show-vega'], action: 'flag', help: 'Print the Vega-Lite specification of one plot.' },
  { flags: ['--json'], action: 'flag', help: 'Print JSON; only images are written.' },
  {
    flags: ['--split'],
    action: 'flag',
    help: 'With --json: leave data, colours and sizes out of the specifications, and give them beside.',
  },
  { flags: ['--open'], action: 'flag', help: 'Open the page in the browser.' },
  {
    flags: ['--html-template'],
    metavar: '<path>',
    help: 'Page to put the plots into, at `{plot_divs}`.',
    complete: 'file',
  },
];

/** The properties that were typed, in the order in which DVC keeps them. */
export function propsOf(args: ParsedArgs): PyMap {
  const props = new Map<PyKey, PyValue>();
  for (const name of ['template', 'x', 'y', 'x_label', 'y_label', 'title']) {
    const value = args.text(name);
    if (value !== undefined) props.set(name, value);
  }
  if (args.flag('no_header')) props.set('header', false);
  return props;
}
