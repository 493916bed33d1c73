import { l10n } from 'vscode';
import { askScope, confirmCollection, type GcScope } from './ask-gc.ts';
import { askLinkType, type LinkChoice } from './ask-links.ts';
import { offerRepair, repairedText } from './cache-repair.ts';
import { type AnyCommand, verb } from './command.ts';
import { formatBytes, formatFiles } from './format.ts';

/** Commands about the cache as a whole: is it sound, how are files linked to it, what may go. */
export const CACHE_COMMANDS: Readonly<Record<string, AnyCommand>> = {
  'lode.cacheVerify': verb({
    title: () => l10n.t('Verifying the cache'),
    ask: ({ model }) => ({ model }),
    run: ({ engine, repo, ctx }) => engine.cacheVerify(repo, {}, ctx),
    done: offerRepair,
  }),
  'lode.cacheRepair': verb({
    title: () => l10n.t('Repairing the cache'),
    ask: ({ model }) => ({ model }),
    run: ({ engine, repo, ctx }) => engine.cacheVerify(repo, { repair: true, restart: true }, ctx),
    done: repairedText,
  }),
  'lode.useLinks': verb({
    title: ({ type }: LinkChoice) => l10n.t('Replacing files by links of the type {0}', type),
    ask: askLinkType,
    run: async ({ engine, repo, ctx, model }, { type }) => {
      engine.configSet(
        repo,
        { name: { kind: undefined, section: 'cache', option: 'type' }, value: `${type},copy` },
        ctx,
      );
      repo.invalidate();
      await engine.checkout(repo, { relink: true }, ctx);
      model.refreshAll();
    },
    done: (_, { type }) => l10n.t('Files and cache share their bytes: {0}', type),
  }),
  'lode.shareCache': verb({
    title: () => l10n.t('Sharing the cache with the group'),
    progress: 'window',
    ask: () => ({}),
    run: async ({ engine, repo, ctx }) =>
      engine.configSet(repo, { name: { kind: undefined, section: 'cache', option: 'shared' }, value: 'group' }, ctx),
  }),
  'lode.gc': verb({
    title: () => l10n.t('Cleaning up the cache'),
    ask: askScope,
    run: async ({ engine, repo, ctx }, { options }: GcScope) => {
      const { swept } = await engine.gc(repo, { ...options, dry: true }, ctx);
      if (!(await confirmCollection(swept))) return undefined;
      return engine.gc(repo, { ...options, force: true }, ctx);
    },
    done: (result) => {
      if (!result) return undefined;
      const [removed, bytes] = [sum(result.swept.map((one) => one.removed)), sum(result.swept.map((one) => one.bytes))];
      return l10n.t('Deleted {0} from the cache, {1}', formatFiles(removed), formatBytes(bytes));
    },
  }),
};

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
