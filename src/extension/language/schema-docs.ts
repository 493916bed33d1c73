import { l10n } from 'vscode';
import type { LanguageFile } from '../../engine/index.ts';

/**
 * What a key means, by its path without names: `stages.*.cmd`. Undefined for keys nobody has to be told about.
 *
 * Keys of a `do` are those of a stage; flags of metrics and plots those of an output.
 */
export function describeKey(file: LanguageFile, schemaPath: string): string | undefined {
  const path = schemaPath.replace(/^stages\.\*\.do\.(?=.)/, 'stages.*.');
  const last = path.slice(path.lastIndexOf('.') + 1);
  if (file === 'dvc.yaml') {
    if (/^stages\.\*\.(?:metrics\.\*\.\*\.)?meta\.direction$/.test(path))
      return l10n.t(
        'Which way metrics get better, as `max` or `min` by name: `acc: max`. DVC does not read it; Lode colours comparisons and finds the best runs by it. Below a metrics output it is about that file, below a stage about all metrics.',
      );
    const isFlag = /^stages\.\*\.(?:outs|metrics|plots)\.\*\.\*\./.test(path);
    if (isFlag) return describeFlag(last);
    if (path.startsWith('stages.*.')) return path.split('.').length === 3 ? describeStageKey(last) : undefined;
    if (path.startsWith('new.')) return describeNewStage(last);
    if (path.startsWith('plots.')) return describePlot(last);
    if (path.startsWith('artifacts.*.')) return describeArtifact(last);
    return path.includes('.') ? undefined : describeTop(path);
  }
  return describeRecord(last);
}

function describeTop(key: string): string | undefined {
  switch (key) {
    case 'stages':
      return l10n.t('The steps of the pipeline, by name.');
    case 'vars':
      return l10n.t(
        'Values for `$\\{…}`: files of parameters, or mappings written here. The params.yaml beside this file is always read.',
      );
    case 'params':
      return l10n.t('Files of parameters to show and compare, beside those that stages use.');
    case 'metrics':
      return l10n.t('Files of metrics to show and compare, beside those of stages.');
    case 'plots':
      return l10n.t('Plots to draw: files or folders, or named plots with what is on their axes.');
    case 'artifacts':
      return l10n.t('Models and data to give names to, for a registry.');
    case 'datasets':
      return l10n.t('Datasets that stages depend on as `ds://name`.');
    default:
      return undefined;
  }
}

function describeStageKey(key: string): string | undefined {
  switch (key) {
    case 'cmd':
      return l10n.t(
        'The command, or a list of commands that run one after another. Each line of a text runs in a shell of its own.',
      );
    case 'wdir':
      return l10n.t(
        'The folder the command runs in and all paths of the stage start from. Unless told, the folder of this file.',
      );
    case 'deps':
      return l10n.t('Files and folders that the command reads. When one changes, the stage has to run again.');
    case 'params':
      return l10n.t(
        'Parameters that the command reads: keys of params.yaml, or of other files. When a value changes, the stage has to run again.',
      );
    case 'outs':
      return l10n.t('Files and folders that the command writes. They are kept in the cache, and Git ignores them.');
    case 'metrics':
      return l10n.t('Files of metrics that the command writes: outputs to show and compare.');
    case 'plots':
      return l10n.t('Files of data to plot that the command writes: outputs to draw and compare.');
    case 'vars':
      return l10n.t('Values for `$\\{…}` of this stage alone.');
    case 'frozen':
      return l10n.t('The stage does not run again, even when what it depends on has changed.');
    case 'always_changed':
      return l10n.t('The stage runs every time, whether or not something has changed.');
    case 'desc':
      return l10n.t('A description for people.');
    case 'meta':
      return l10n.t(
        'Anything. Lode reads `mutex` and `resources` from it, what the stage must not share while stages run in parallel, and `direction`, which way metrics get better.',
      );
    case 'foreach':
      return l10n.t(
        'One stage for each item of a list or mapping; `$\\{item}`, and `$\\{key}` of a mapping, stand for it in `do`.',
      );
    case 'do':
      return l10n.t('The stage that `foreach` repeats.');
    case 'matrix':
      return l10n.t('One stage for each combination of the values; `$\\{item.name}` stands for the value of an axis.');
    default:
      return undefined;
  }
}

function describeNewStage(kind: string): string | undefined {
  switch (kind) {
    case 'stage':
      return l10n.t('A stage with a command, what it reads and what it writes.');
    case 'foreach':
      return l10n.t('A group: one stage for each item of a list.');
    case 'matrix':
      return l10n.t('A group: one stage for each combination of values.');
    default:
      return undefined;
  }
}

function describeFlag(key: string): string | undefined {
  switch (key) {
    case 'cache':
      return l10n.t('`false`: not kept in the cache, and not ignored by Git. For small files that belong into Git.');
    case 'persist':
      return l10n.t('`true`: not removed before the command runs, so that it can go on from there.');
    case 'push':
      return l10n.t('`false`: never sent to a remote.');
    case 'remote':
      return l10n.t('The remote that this output goes to and comes from.');
    case 'x':
      return l10n.t('The column on the x axis.');
    case 'y':
      return l10n.t('The column on the y axis.');
    default:
      return describePlot(key) ?? describeAnnotation(key);
  }
}

function describePlot(key: string): string | undefined {
  switch (key) {
    case 'x':
      return l10n.t('What is on the x axis: a column, or a mapping of files to columns.');
    case 'y':
      return l10n.t('What is on the y axis: a column, several, or a mapping of files to columns.');
    case 'x_label':
      return l10n.t('The name of the x axis.');
    case 'y_label':
      return l10n.t('The name of the y axis.');
    case 'title':
      return l10n.t('The title of the plot.');
    case 'template':
      return l10n.t('How the plot is drawn: the name of a template, or a file in `.dvc/plots`.');
    case 'header':
      return l10n.t('`false`: the first line of a CSV or TSV file is data.');
    default:
      return undefined;
  }
}

function describeAnnotation(key: string): string | undefined {
  switch (key) {
    case 'desc':
      return l10n.t('A description for people.');
    case 'type':
      return l10n.t('What kind of thing it is, for people.');
    case 'labels':
      return l10n.t('Labels, for people.');
    case 'meta':
      return l10n.t('Anything, for people and their own programs.');
    default:
      return undefined;
  }
}

const describeArtifact = (key: string): string | undefined =>
  key === 'path' ? l10n.t('The file or folder, relative to this file.') : describeAnnotation(key);

function describeRecord(key: string): string | undefined {
  switch (key) {
    case 'schema':
      return l10n.t('The version of the format.');
    case 'stages':
      return l10n.t('The last run of each stage.');
    case 'cmd':
      return l10n.t('The command as it ran.');
    case 'outs':
      return l10n.t('The outputs as they were recorded.');
    case 'deps':
      return l10n.t('The dependencies as they were recorded.');
    case 'params':
      return l10n.t('The parameters as they were read, by file.');
    case 'path':
      return l10n.t('Where it lies, relative to `wdir`, which is the folder of this file unless told.');
    case 'wdir':
      return l10n.t('The folder that paths start from, relative to this file.');
    case 'md5':
      return l10n.t('The digest of the content; of a folder, of the list of its files, with `.dir` behind it.');
    case 'hash':
      return l10n.t('How the digest was made. Records without it are those of DVC before version 3.');
    case 'size':
      return l10n.t('Bytes.');
    case 'nfiles':
      return l10n.t('Files in the folder.');
    case 'isexec':
      return l10n.t('The file can be run.');
    case 'files':
      return l10n.t('The files of a folder that a cloud keeps versions of.');
    case 'cloud':
      return l10n.t('What clouds that keep versions call this content.');
    case 'frozen':
      return l10n.t('`dvc update` alone brings in changes of the source.');
    case 'repo':
      return l10n.t('The repository that the data comes from.');
    case 'url':
      return l10n.t('Where the repository is.');
    case 'rev':
      return l10n.t('The branch, tag or commit that updates follow.');
    case 'rev_lock':
      return l10n.t('The commit that the data is from.');
    case 'cache':
    case 'persist':
    case 'push':
    case 'remote':
      return describeFlag(key);
    default:
      return describeAnnotation(key);
  }
}
