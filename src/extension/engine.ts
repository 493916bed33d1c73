import type * as engineModule from '../engine/index.ts';

/** The engine's public face, as a value: commands get it handed in. */
export type Engine = typeof engineModule;

let loading: Promise<Engine> | undefined;

/** The engine, evaluated on first use: activation stays cheap in a window where nobody uses Lode. */
export const loadEngine = (): Promise<Engine> => (loading ??= import('../engine/index.ts'));
