import { type ArgumentSpec, type CommandLoader, isGroup, isOption } from './spec.ts';

export const SHELLS = ['bash', 'zsh', 'tcsh'] as const;
export type Shell = (typeof SHELLS)[number];

/** One command as a shell sees it: its whole name, what may follow, and how operands are completed. */
interface Node {
  /** Words behind `lode`; '' for `lode` itself. */
  readonly path: string;
  readonly words: readonly { readonly word: string; readonly help: string }[];
  readonly operand: 'file' | 'dir' | 'remote' | 'config-option' | 'revision' | 'none';
}

const GLOBALS: readonly ArgumentSpec[] = [
  { flags: ['-h', '--help'], action: 'flag', help: 'Show this help message and exit.' },
  { flags: ['-q', '--quiet'], action: 'count', help: 'Be quiet.' },
  { flags: ['-v', '--verbose'], action: 'count', help: 'Be verbose.' },
];

/** The completion script of a shell, made from the table of commands. */
export async function completionScript(
  shell: Shell,
  commands: Readonly<Record<string, CommandLoader>>,
): Promise<string> {
  const nodes = await collect('', commands);
  return { bash: bashScript, zsh: zshScript, tcsh: tcshScript }[shell](nodes);
}

async function collect(path: string, table: Readonly<Record<string, CommandLoader>>): Promise<Node[]> {
  const nodes: Node[] = [];
  const words: { word: string; help: string }[] = [];
  for (const [name, load] of Object.entries(table)) {
    const { command } = await load();
    words.push({ word: name, help: command.help });
    const at = `${path} ${name}`.trim();
    if (isGroup(command)) {
      nodes.push(...(await collect(at, command.subcommands)));
      continue;
    }
    const options = [...command.arguments.filter((argument) => isOption(argument) && !argument.hidden), ...GLOBALS];
    const operand = command.arguments.find((argument) => !isOption(argument));
    nodes.push({
      path: at,
      words: options.flatMap(({ flags, help }) => flags.map((word) => ({ word, help }))),
      operand: operand === undefined ? 'none' : (operand.complete ?? 'file'),
    });
  }
  const globals = GLOBALS.flatMap(({ flags, help }) => flags.map((word) => ({ word, help })));
  return [{ path, words: [...words, ...globals], operand: 'none' }, ...nodes];
}

/** Commands that print what an operand may be; they fail silently outside of a repository. */
const LISTS: Readonly<Record<'remote' | 'config-option' | 'revision', string>> = {
  remote: `lode remote list 2>/dev/null | awk '{print $1}'`,
  'config-option': `lode config --list 2>/dev/null | cut -d= -f1`,
  revision: `git for-each-ref --format='%(refname:short)' refs/heads refs/tags 2>/dev/null`,
};

function bashScript(nodes: readonly Node[]): string {
  const rows = nodes.map(({ path, words, operand }) => {
    const list = words.map(({ word }) => word).join(' ');
    return `    '${path}') words='${list}'; operand='${operand}' ;;`;
  });
  return `# bash completion for lode: eval "$(lode completion -s bash)"
_lode() {
  local word path='' words='' operand='none' current="\${COMP_WORDS[COMP_CWORD]}" i
  _lode_node ''
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="\${COMP_WORDS[i]}"
    case "$word" in -*) continue ;; esac
    if _lode_node "\${path:+$path }$word"; then path="\${path:+$path }$word"; fi
  done
  _lode_node "$path"
  COMPREPLY=()
  case "$current" in
    -*) ;;
    *)
      case "$operand" in
        file) compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$current")) ; return ;;
        dir) compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -d -- "$current")) ; return ;;
        remote) words="$(${LISTS.remote})" ;;
        config-option) words="$(${LISTS['config-option']})" ;;
        revision) words="$(${LISTS.revision})" ;;
      esac ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
_lode_node() {
  case "$1" in
${rows.join('\n')}
    *) return 1 ;;
  esac
}
complete -F _lode lode
`;
}

function zshScript(nodes: readonly Node[]): string {
  const rows = nodes.map(({ path, words, operand }) => {
    const list = words.map(({ word, help }) => zshQuote(`${word.replaceAll(':', '\\:')}:${help}`)).join(' ');
    return `    ${zshQuote(path)}) words_here=(${list}); operand='${operand}' ;;`;
  });
  return `#compdef lode
# zsh completion for lode: lode completion -s zsh > "\${fpath[1]}/_lode"
_lode() {
  local word at='' operand='none' i
  local -a words_here
  _lode_node ''
  for ((i = 2; i < CURRENT; i++)); do
    word="\${words[i]}"
    [[ "$word" == -* ]] && continue
    if _lode_node "\${at:+$at }$word"; then at="\${at:+$at }$word"; fi
  done
  _lode_node "$at"
  if [[ "\${words[CURRENT]}" != -* ]]; then
    case "$operand" in
      file) _files; return ;;
      dir) _files -/; return ;;
      remote) compadd -- \${(f)"$(${LISTS.remote})"}; return ;;
      config-option) compadd -- \${(f)"$(${LISTS['config-option']})"}; return ;;
      revision) compadd -- \${(f)"$(${LISTS.revision})"}; return ;;
    esac
  fi
  _describe 'lode' words_here
}
_lode_node() {
  case "$1" in
${rows.join('\n')}
    *) return 1 ;;
  esac
}
if [ "$funcstack[1]" = "_lode" ]; then _lode "$@"; else compdef _lode lode; fi
`;
}

const zshQuote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

function tcshScript(nodes: readonly Node[]): string {
  const top = nodes.find(({ path }) => path === '');
  const rules = [`'p/1/(${(top?.words ?? []).map(({ word }) => word).join(' ')})/'`];
  for (const { path, words } of nodes) {
    const names = path.split(' ');
    const last = names.at(-1) ?? '';
    if (path === '') continue;
    // tcsh knows the word before the cursor only, so deeper commands complete by their own last name.
    rules.push(`'n/${last}/(${words.map(({ word }) => word).join(' ')})/'`);
  }
  return `# tcsh completion for lode: lode completion -s tcsh | source /dev/stdin
complete lode \\
  ${[...new Set(rules)].join(' \\\n  ')}
`;
}
