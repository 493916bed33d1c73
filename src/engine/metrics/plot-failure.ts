import { DvcError } from '../core/errors.ts';
import { errorTypeOf } from './file-values.ts';

/** What is wrong with one plot, one of its files or one revision: shown in its place, beside the plots that are right. */
export class PlotFailure extends Error {
  override readonly name = 'PlotFailure';
  /** The class of DVC's exception: `FieldNotFoundError`, `FileNotFoundError`, … */
  readonly type: string;

  constructor(type: string, message: string) {
    super(message);
    this.type = type;
  }
}

/** What went wrong as a failure of the plot. @throws the error itself where no plot is to blame */
export function asFailure(error: unknown): PlotFailure {
  if (error instanceof PlotFailure) return error;
  if (DvcError.is(error) && error.code !== 'cancelled') return new PlotFailure(errorTypeOf(error), error.message);
  throw error;
}
