/** Facts that files record and hashing finds out: they live in `core`, as neither of those folders may import the other. */
export * from '../core/hash-info.ts';
