import type { ListingOptions } from '../../engine/listing.ts';
import type { ParsedArgs } from '../parsed-args.ts';
import type { ArgumentSpec } from '../spec.ts';

/** Which repository, and what of it: `list` and `du` take the same. */
export const LISTING_ARGUMENTS: readonly ArgumentSpec[] = [
  { flags: ['--rev'], count: '?', metavar: '<commit>', help: 'Git revision.', complete: 'revision' },
  { flags: ['--remote'], metavar: '<name>', help: 'Remote to ask for what the cache lacks.', complete: 'remote' },
  { flags: ['url'], help: 'Path of the repository.', complete: 'dir' },
  { flags: ['path'], count: '?', help: 'Path in the repository.', complete: 'file' },
];

export function listingOf(args: ParsedArgs): ListingOptions {
  const [rev, remote, path] = [args.text('rev'), args.text('remote'), args.text('path')];
  return {
    url: args.required('url'),
    ...(rev === undefined ? {} : { rev }),
    ...(remote === undefined ? {} : { remote }),
    ...(path === undefined ? {} : { path }),
  };
}
