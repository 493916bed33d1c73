/** Which of DVC's failures it is: that decides how the sentence around it reads. */
export type TemplateFailure = 'syntax' | 'missing-key' | 'merge' | 'already-loaded' | 'vars';

/** A failure inside `${}`, or while its context is built. Carries no place: the caller knows it and wraps it in a `DvcError`. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
  readonly failure: TemplateFailure;
  readonly hint: string | undefined;
  constructor(failure: TemplateFailure, message: string, hint?: string) {
    super(message);
    this.failure = failure;
    this.hint = hint;
  }

  /** DVC puts these on a line of their own. */
  get startsNewLine(): boolean {
    return this.failure !== 'missing-key' && this.failure !== 'vars';
  }
}
