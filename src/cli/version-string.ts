/** Replaced by the build; absent where a test bundles sources by itself. */
declare const LODE_VERSION: string | undefined;

export const VERSION: string = typeof LODE_VERSION === 'string' ? LODE_VERSION : '0.0.0';
