import { Range, type TestController, type TestItem, type TestRunRequest, Uri } from 'vscode';
import type { PipelineFile, StageView } from '../../engine/index.ts';
import type { RepoModel } from '../repo-model.ts';
import { stateText } from './stage-text.ts';

/** One stage that can be run. */
export interface TestedStage {
  readonly root: string;
  readonly address: string;
  readonly item: TestItem;
}

/** The items of the *Testing* view: files, in them stages and groups of stages. Items stay the same as long as their stages do. */
export class TestItems {
  readonly #controller: TestController;
  readonly #stages = new WeakMap<TestItem, TestedStage>();

  constructor(controller: TestController) {
    this.#controller = controller;
  }

  /** Shows the stages of repositories as they are now. */
  update(models: readonly RepoModel[]): void {
    const { items } = this.#controller;
    const files = models.flatMap((model) =>
      (model.snapshot.pipelines ?? [])
        .filter(({ stages }) => stages.length > 0)
        .map((file) => this.#fileItem(model, file, models.length > 1)),
    );
    items.replace(files);
  }

  /** The stages a request names, by themselves or by what holds them, without those it leaves out. */
  stagesOf({ include, exclude = [] }: TestRunRequest): TestedStage[] {
    const found = new Map<string, TestedStage>();
    const add = (item: TestItem): void => {
      if (exclude.includes(item)) return;
      const stage = this.#stages.get(item);
      if (stage) found.set(item.id, stage);
      for (const [, child] of item.children) add(child);
    };
    if (include) include.forEach(add);
    else for (const [, item] of this.#controller.items) add(item);
    return [...found.values()];
  }

  #fileItem(model: RepoModel, { file, stages }: PipelineFile, namesRepository: boolean): TestItem {
    const id = `${model.root}\n${file}`;
    const item =
      this.#controller.items.get(id) ?? this.#controller.createTestItem(id, file, Uri.file(model.absolute(file)));
    if (namesRepository) item.description = model.name;
    const children: TestItem[] = [];
    const groups = new Map<string, TestItem[]>();
    for (const [position, view] of stages.entries()) {
      const { group } = view.stage;
      if (group === undefined) children.push(this.#stageItem(model, view, item, position));
      else {
        const known = groups.get(group);
        if (known) known.push(this.#stageItem(model, view, this.#groupItem(item, view, group), position));
        else {
          const parent = this.#groupItem(item, view, group);
          parent.sortText = sortKey(position);
          groups.set(group, [this.#stageItem(model, view, parent, position)]);
          children.push(parent);
        }
      }
    }
    for (const child of children) {
      const members = groups.get(child.label);
      if (members && !this.#stages.has(child)) child.children.replace(members);
    }
    item.children.replace(children);
    return item;
  }

  #groupItem(parent: TestItem, { where }: StageView, group: string): TestItem {
    const id = `${parent.id}\n${group}`;
    const item = parent.children.get(id) ?? this.#controller.createTestItem(id, group, parent.uri);
    item.range = rangeOf(where);
    return item;
  }

  #stageItem(model: RepoModel, view: StageView, parent: TestItem, position: number): TestItem {
    const id = `${parent.id}\n${view.stage.name}`;
    const item = parent.children.get(id) ?? this.#controller.createTestItem(id, view.stage.name, parent.uri);
    item.range = rangeOf(view.where);
    item.description = stateText(view);
    item.sortText = sortKey(position);
    this.#stages.set(item, { root: model.root, address: view.address, item });
    return item;
  }
}

/** As in the file, and not by name. */
const sortKey = (position: number): string => String(position).padStart(6, '0');

/** Of the editor, which counts from 0. */
function rangeOf(where: StageView['where']): Range | undefined {
  if (!where) return undefined;
  return new Range(where.line - 1, where.column - 1, where.endLine - 1, where.endColumn - 1);
}
