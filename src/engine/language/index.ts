/** The language features of dvc.yaml, dvc.lock and pointer files: texts and positions in, plain data out. */
export { type Completion, completionsAt } from './complete.ts';
export { type Fix, fixesIn } from './fixes.ts';
export {
  type HoverFacts,
  hoverAt,
  type NamedStage,
  type ParamFacts,
  type PathFacts,
  type VariableFacts,
} from './hover.ts';
export { type InlayValue, inlayValues } from './inlay.ts';
export { type LanguageFile, LanguageText, languageFileOf } from './language-text.ts';
export { type PathLink, pathLinks } from './links.ts';
export { type Destination, definitionsAt, paramReferencesAt, referencesAt } from './navigate.ts';
export { foldsOf, type OutlineItem, type OutlineKind, outlineOf, selectionsAt } from './outline.ts';
export { type ParamPlace, paramPlaces } from './param-places.ts';
export { type EditorFiles, LanguageProject, type RecordedData } from './project.ts';
export { reformatted } from './reformat.ts';
export { type FileEdits, type Renamable, renamableAt, renameStage } from './rename.ts';
export { type TextChange, TextLines, type TextPosition, type TextRange } from './text-lines.ts';
