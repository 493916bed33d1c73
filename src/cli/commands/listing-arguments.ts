import type { ListingOptions } from '../../engine/listing.ts';
import type { ParsedArgs } from '../parsed-args.ts';
import type { ArgumentSpec } from '../spec.ts';
import { given, pairsOf, SOURCE_CONFIG, SOURCE_URL } from './source-arguments.ts';

/** Which repository, and what of it: `list` and `du` take the same. */
export const LISTING_ARGUMENTS: readonly ArgumentSpec[] = [
  { flags: ['--rev'], count: '?', metavar: '<commit>', help: 'Git revision.', complete: 'revision' },
  ...SOURCE_CONFIG,
  SOURCE_URL,
  { flags: ['path'], count: '?', help: 'Path in the repository.', complete: 'file' },
];

export function listingOf(args: ParsedArgs): ListingOptions {
  return given<ListingOptions>({
    url: args.required('url'),
    path: args.text('path'),
    rev: args.text('rev'),
    remote: args.text('remote'),
    config: args.text('config'),
    remoteConfig: pairsOf(args, 'remote_config'),
  });
}
