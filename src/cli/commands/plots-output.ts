import * as path from 'node:path';
import type { OpContext } from '../../engine/core/op-context.ts';
import type { Repo } from '../../engine/repo.ts';
import { fillPlots, plotsJson, vegaJson, writePlotsPage } from '../../engine/verbs/plots-output.ts';
import { type PlotsResult, plotsShow } from '../../engine/verbs/plots-show.ts';
import type { CliIo } from '../io.ts';
import { openInBrowser } from '../open-in-browser.ts';
import type { ParsedArgs } from '../parsed-args.ts';
import { propsOf } from './plots-arguments.ts';
import { ANYWHERE, withRepo } from './with-repo.ts';

/** Shows the plots of some revisions as the arguments say, and returns the exit status. */
export async function showPlots(
  args: ParsedArgs,
  io: CliIo,
  revisions: (repo: Repo) => Promise<readonly string[]>,
): Promise<number> {
  const targets = args.list('targets');
  if (args.flag('show_vega') && !checkShowVega(targets, args, io)) return 1;
  return withRepo(
    io,
    async (repo, ctx) => {
      const result = await plotsShow(repo, { targets, revs: await revisions(repo), props: propsOf(args) }, ctx);
      warnOf(result, io);
      return await output(repo, result, args, io, ctx);
    },
    ANYWHERE,
  );
}

function checkShowVega(targets: readonly string[], args: ParsedArgs, io: CliIo): boolean {
  const problem =
    targets.length === 0
      ? 'please specify a target for `--show-vega`'
      : targets.length > 1
        ? 'you can only specify one target for `--show-vega`'
        : args.flag('json')
          ? "'--show-vega' and '--json' are mutually exclusive options."
          : undefined;
  if (problem !== undefined) io.error(problem);
  return problem === undefined;
}

function warnOf({ plots, failed }: PlotsResult, io: CliIo): void {
  const revs = new Set([
    ...failed.map(({ rev }) => rev),
    ...plots.flatMap(({ sourceFailures }) => sourceFailures.map(({ rev }) => rev)),
  ]);
  if (revs.size > 0) io.warn(`some plots could not be read in: ${[...revs].join(', ')}`);
}

async function output(repo: Repo, result: PlotsResult, args: ParsedArgs, io: CliIo, ctx: OpContext): Promise<number> {
  const isJson = args.flag('json');
  const folder = path.resolve(ctx.cwd, args.text('out') ?? textOf(repo.config.get('plots', 'out_dir')) ?? 'dvc_plots');
  const images = isJson ? folder : path.join(folder, 'static');
  const outputs = await fillPlots(repo, result, { folder: images, split: isJson && args.flag('split') }, ctx);
  if (isJson) {
    io.printRaw(`${plotsJson(result, outputs)}\n`);
    return 0;
  }
  if (args.flag('show_vega')) {
    const spec = vegaJson(outputs);
    if (spec !== undefined) io.printRaw(`${spec}\n`);
    return 0;
  }
  if (outputs.length === 0) {
    io.warn('no plots were found, so no page was written');
    return 0;
  }
  const address = writePlotsPage(outputs, folder, pageTemplate(repo, args, ctx));
  io.print(address);
  if (args.flag('open') || repo.config.get('plots', 'auto_open') === 'true') await openInBrowser(address);
  return 0;
}

/** As typed, from the user's folder; of the configuration, from `.dvc`. */
function pageTemplate(repo: Repo, args: ParsedArgs, ctx: OpContext): string | undefined {
  const typed = args.text('html_template');
  if (typed) return path.resolve(ctx.cwd, typed);
  const configured = textOf(repo.config.get('plots', 'html_template'));
  return configured ? path.resolve(repo.dvcDir, configured) : undefined;
}

const textOf = (value: string | readonly string[] | undefined): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;
