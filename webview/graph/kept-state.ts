import type { Direction } from './layout.ts';
import type { Viewport } from './viewport.ts';

/** What of the page a user has set and finds again after a reload of the window. The host reads `root`. */
export interface KeptState {
  readonly root?: string;
  readonly direction?: Direction;
  readonly collapsed?: readonly string[];
  readonly selected?: string;
  readonly focused?: string;
  /** Undefined as long as the whole graph is shown. */
  readonly viewport?: Viewport;
  readonly legend?: boolean;
}

/** VS Code gives back what was kept, by whatever version of the page. */
export function readKept(value: unknown): KeptState {
  if (typeof value !== 'object' || value === null) return {};
  const kept = value as Record<keyof KeptState, unknown>;
  const text = (name: keyof KeptState): string | undefined =>
    typeof kept[name] === 'string' ? (kept[name] as string) : undefined;
  const { viewport, collapsed } = kept;
  return {
    ...defined({ root: text('root'), selected: text('selected'), focused: text('focused') }),
    ...(kept.direction === 'down' || kept.direction === 'right' ? { direction: kept.direction } : {}),
    ...(Array.isArray(collapsed) ? { collapsed: collapsed.filter((id) => typeof id === 'string') } : {}),
    ...(isViewport(viewport) ? { viewport } : {}),
    legend: kept.legend === true,
  };
}

const defined = <T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };

const isViewport = (value: unknown): value is Viewport =>
  typeof value === 'object' &&
  value !== null &&
  ['x', 'y', 'scale'].every((name) => Number.isFinite((value as Record<string, unknown>)[name]));
