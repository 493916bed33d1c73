/** What a verb that changes tracked files tells its face. */
export interface WriteResult {
  /** Files for Git that were written or removed: absolute. Staged already where `core.autostage` is on. */
  readonly touched: readonly string[];
}
