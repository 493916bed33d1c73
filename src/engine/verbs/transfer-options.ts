import type { OutputKind } from '../graph/output.ts';
import type { TransferControl } from '../odb/transfer-control.ts';

/** Revisions whose data counts besides the workspace's. */
export interface ScopeOptions {
  readonly allBranches?: boolean;
  readonly allTags?: boolean;
  readonly allCommits?: boolean;
}

/** What push, fetch and pull have in common. */
export interface TransferOptions {
  readonly targets?: readonly string[];
  readonly withDeps?: boolean;
  readonly recursive?: boolean;
  /** The default remote unless told. */
  readonly remote?: string;
  readonly jobs?: number;
  /** Holds it, and says what comes first. */
  readonly control?: TransferControl;
  /** Ask a remote for every object before a push, whatever it was seen to hold. */
  readonly noIndex?: boolean;
  /** The run cache as well. */
  readonly runCache?: boolean;
  readonly scope?: ScopeOptions;
  /** Only these commits, and not the workspace. */
  readonly onlyRevs?: readonly string[];
  /** Targets are patterns. */
  readonly glob?: boolean;
  /** Leave out outputs whose recorded size is this or larger: bytes; 0 is no limit. */
  readonly maxSize?: number;
  /** Only outputs of these kinds. */
  readonly types?: readonly OutputKind[];
}

/** Which part of the data is downloaded, beside what the targets say. */
export interface PartOptions {
  /** What this stage reads. */
  readonly depsOf?: string;
  /** So many files, chosen at random. */
  readonly sample?: number;
  /** Another choice for another number; 0 unless told. */
  readonly seed?: number;
}
