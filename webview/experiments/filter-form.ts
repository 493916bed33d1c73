import { element } from '../shared/dom.ts';
import { button } from '../shared/toolkit.ts';
import type { Field, FieldType } from './query-fields.ts';
import { quoted } from './query-fields.ts';
import { say, type Words } from './words.ts';

type Condition = '=' | '!=' | '<' | '<=' | '>' | '>=' | '~' | '!~' | 'has' | 'missing' | 'changed' | 'true' | 'false';

const BY_TYPE: Readonly<Record<FieldType, readonly Condition[]>> = {
  number: ['>', '>=', '<', '<=', '=', '!='],
  date: ['>', '<', '='],
  boolean: ['true', 'false'],
  text: ['=', '!=', '~', '!~'],
  mixed: ['=', '!=', '~', '!~', '>', '>=', '<', '<='],
};
const ALONE: readonly Condition[] = ['has', 'missing', 'changed', 'true', 'false'];

/** A condition on one column, its operators those of the column's type; it becomes a part of the query. */
export function filterForm(
  words: Words,
  field: Field,
  { name, value }: { readonly name: string; readonly value: string },
  take: (condition: string) => void,
): HTMLElement {
  const select = element('select', { 'aria-label': words.condition });
  const operators = [...BY_TYPE[field.type], ...(field.kind === 'row' ? [] : (['has', 'missing', 'changed'] as const))];
  for (const operator of operators) {
    const option = element('option', {}, labelOf(operator, words));
    option.value = operator;
    select.append(option);
  }
  const input = element('input', { 'aria-label': words.value });
  input.type = 'text';
  input.value = value;
  input.spellcheck = false;
  if (field.type === 'date') input.placeholder = '2026-01-31';
  const update = (): void => {
    input.hidden = ALONE.includes(select.value as Condition);
  };
  select.addEventListener('change', update);
  update();
  const submit = (): void => {
    // The options are conditions and nothing else.
    const condition = select.value as Condition;
    if (!ALONE.includes(condition) && input.value.trim() === '') input.focus();
    else take(conditionText(name, condition, input.value.trim()));
  };
  const form = element(
    'div',
    { class: 'filter-form' },
    element('h2', {}, say(words.filterBy, field.name)),
    element('div', { class: 'filter-fields' }, select, input),
    button(words.addFilter, 'primary', submit),
  );
  form.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || event.target === form.lastElementChild) return;
    event.preventDefault();
    submit();
  });
  return form;
}

function conditionText(name: string, condition: Condition, value: string): string {
  switch (condition) {
    case 'has':
    case 'missing':
    case 'changed':
      return `${condition}:${name}`;
    case 'true':
    case 'false':
      return `${name} = ${condition}`;
    default:
      return `${name} ${condition} ${quoted(value)}`;
  }
}

function labelOf(condition: Condition, words: Words): string {
  switch (condition) {
    case '~':
      return words.contains;
    case '!~':
      return words.containsNot;
    case 'has':
      return words.hasValue;
    case 'missing':
      return words.hasNoValue;
    case 'changed':
      return words.isChanged;
    case 'true':
      return words.isTrue;
    case 'false':
      return words.isFalse;
    case '!=':
      return '≠';
    case '<=':
      return '≤';
    case '>=':
      return '≥';
    default:
      return condition;
  }
}
