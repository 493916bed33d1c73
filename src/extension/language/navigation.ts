import {
  type CancellationToken,
  type DefinitionProvider,
  DocumentLink,
  type DocumentLinkProvider,
  Location,
  type LocationLink,
  type Position,
  type ReferenceProvider,
  type TextDocument,
  Uri,
} from 'vscode';
import type { Destination, RepoPath } from '../../engine/index.ts';
import { type LanguageProjects, type Located, toRange } from './language-projects.ts';

export const definitionProvider = (projects: LanguageProjects): DefinitionProvider => ({
  provideDefinition: (document, position, token) =>
    projects.ask(document, token, async ({ engine, project, file, files }) => {
      const found = await engine.definitionsAt(project, file, position);
      return found?.destinations.map(
        ({ file: to, range, whole }): LocationLink => ({
          originSelectionRange: toRange(found.origin),
          targetUri: files.uri(to),
          targetRange: toRange(whole ?? range),
          targetSelectionRange: toRange(range),
        }),
      );
    }),
});

const locations = ({ files }: Located, found: readonly Destination[]): Location[] =>
  found.map(({ file, range }) => new Location(files.uri(file), toRange(range)));

export const referenceProvider = (projects: LanguageProjects): ReferenceProvider => ({
  provideReferences: (document, position, _, token) =>
    projects.ask(document, token, async (at) =>
      locations(at, await at.engine.referencesAt(at.project, at.file, position)),
    ),
});

/** In a params file: the stages that use the parameter. */
export const paramReferenceProvider = (projects: LanguageProjects): ReferenceProvider => ({
  provideReferences: (document: TextDocument, position: Position, _, token: CancellationToken) =>
    projects.ask(document, token, async (at) => {
      if (at.model === undefined || at.engine.languageFileOf(at.file) !== undefined) return undefined;
      const found = await at.engine.paramReferencesAt(at.project, at.file, position);
      return found && locations(at, found.uses);
    }),
});

/** A link knows where it leads only once somebody follows it: most are never followed. */
class PathLink extends DocumentLink {
  readonly at: Located | undefined;
  readonly place: RepoPath;

  constructor(range: ConstructorParameters<typeof DocumentLink>[0], at: Located, place: RepoPath) {
    super(range);
    this.at = at;
    this.place = place;
  }
}

export const linkProvider = (projects: LanguageProjects): DocumentLinkProvider<PathLink> => ({
  provideDocumentLinks: (document, token) =>
    projects.ask(document, token, async (at) =>
      (await at.engine.pathLinks(at.project, at.file)).map(
        ({ range, place }) => new PathLink(toRange(range), at, place),
      ),
    ),
  resolveDocumentLink: async (link) => {
    if (!link.at) return link;
    const { files } = link.at;
    const kind = await files.kind(link.place);
    // Data that is not here may have a pointer file, which says what it is.
    const pointer = files.recorded().find(({ path, recordedIn }) => path === link.place && recordedIn.endsWith('.dvc'));
    const target = files.uri(kind === undefined && pointer ? pointer.recordedIn : link.place);
    link.target =
      kind === 'directory'
        ? Uri.parse(`command:revealInExplorer?${encodeURIComponent(JSON.stringify([target]))}`)
        : target;
    return link;
  },
});
