/* biome-ignore-all lint/suspicious/noTemplateCurlyInString: the expressions are what is tested. */
import type { HydraCase } from './hydra-oracle.ts';

const DB: Readonly<Record<string, string>> = {
  'config.yaml': 'defaults:\n  - db: mysql\n  - _self_\nseed: 1\nname: "run"\n',
  'db/mysql.yaml': 'driver: mysql\nuser: omry\nport: 3306\n',
  'db/postgresql.yaml': 'driver: postgresql\nuser: pg\ntimeout: 10\n',
};
const SERVER: Readonly<Record<string, string>> = {
  'config.yaml': 'defaults:\n  - server: apache\n  - override server/db: sqlite\n',
  'server/apache.yaml': 'defaults:\n  - db: mysql\n  - _self_\nname: apache\n',
  'server/db/mysql.yaml': 'kind: mysql\n',
  'server/db/sqlite.yaml': 'kind: sqlite\n',
  'server/nginx.yaml': 'defaults:\n  - /server/db@backup: mysql\n  - db@_here_: sqlite\nname: nginx\n',
};
const one = (text: string): Readonly<Record<string, string>> => ({ 'config.yaml': text });
const many = (files: Readonly<Record<string, string>>, ...lists: readonly (readonly string[])[]): HydraCase[] =>
  lists.map((overrides) => ({ files, overrides }));

/** Configurations that say yes or no to each rule of Hydra's composition. */
export const HYDRA_CASES: readonly HydraCase[] = [
  // Groups, and what overrides do to them.
  ...many(
    DB,
    [],
    ['db=postgresql'],
    ['db=postgresql', 'db.timeout=3', 'seed=2'],
    ['~db'],
    ['~db=mysql'],
    ['~db=postgresql'],
    ['+db=postgresql'],
    ['+db@backup=postgresql'],
    ['db@backup=postgresql'],
    ['+db@backup.main=mysql', 'backup.main.port=1'],
    ['db=oracle'],
    ['db=[mysql,postgresql]'],
    ['db=null'],
    ['db=1'],
    ['++db=mysql'],
    ['db={driver:x}'],
    ['db.nope=1'],
    ['+db.nope=1'],
    ['+extra.deep.er=[1,{a:b}]'],
    ['++seed=5'],
    ['+seed=5'],
    ['~seed'],
    ['~db.port'],
    ['~db.port=3306'],
    ['~db.port=1'],
    ['db.user=${name}_${seed}'],
    ['db.user=${.driver}'],
    ['seed="1"', 'name=1e3'],
    ['seed=choice(1,2)'],
    ['db=mysql,postgresql'],
    ['+group/none=x'],
    ['nope=1'],
    ['hydra.job.name=x', 'hydra.run.dir=y'],
    ['hydra/job_logging=none'],
    ['hydra/launcher=basic'],
  ),
  ...many(SERVER, [], ['server=nginx'], ['server/db=mysql'], ['server.db.kind=x'], ['server/db@server.db=mysql']),
  // Defaults lists.
  { files: { ...DB, 'config.yaml': 'seed: 1\ndefaults:\n  - _self_\n  - db: mysql\ndb:\n  port: 1\n  more: 2\n' } },
  { files: { ...DB, 'config.yaml': 'seed: 1\ndefaults:\n  - db: mysql\ndb:\n  port: 1\n  more: 2\n' } },
  { files: { ...DB, 'config.yaml': 'defaults:\n  - db: mysql\n  - _self_\n  - _self_\n' } },
  { files: { ...DB, 'config.yaml': 'defaults:\n  - db: [mysql, postgresql]\n' } },
  { files: { ...DB, 'config.yaml': 'defaults:\n  - db: [mysql, nope]\n' } },
  { files: { ...DB, 'config.yaml': 'defaults:\n  - optional db: nope\nx: 1\n' } },
  { files: { ...DB, 'config.yaml': 'defaults:\n  - optional db: [mysql, nope]\nx: 1\n' } },
  { files: { ...DB, 'config.yaml': 'defaults:\n  - optional nothing: nope\nx: 1\n' } },
  { files: { ...DB, 'config.yaml': 'defaults:\n  - db: null\nx: 1\n' }, overrides: [] },
  { files: { ...DB, 'config.yaml': 'defaults:\n  - db: null\nx: 1\n' }, overrides: ['db=mysql'] },
  { files: { ...DB, 'config.yaml': 'defaults:\n  - db: ~\n' } },
  { files: { ...DB, 'config.yaml': 'defaults:\n  - db: ???\nx: 1\n' } },
  { files: { ...DB, 'config.yaml': 'defaults:\n  - db: ???\nx: 1\n' }, overrides: ['db=mysql'] },
  { files: { ...DB, 'config.yaml': 'defaults:\n  - db@source: mysql\n  - db@target: postgresql\n' } },
  {
    files: { ...DB, 'config.yaml': 'defaults:\n  - db@source: mysql\n  - db@target: postgresql\n' },
    overrides: ['db@source=postgresql', 'target.user=me'],
  },
  {
    files: { ...DB, 'config.yaml': 'defaults:\n  - db@source: mysql\n  - db@target: postgresql\n' },
    overrides: ['db=postgresql'],
  },
  { files: { ...DB, 'config.yaml': 'defaults:\n  - db@_global_: mysql\nx: 1\n' } },
  { files: { ...DB, 'config.yaml': 'defaults:\n  - db@_here_: mysql\nx: 1\n' } },
  { files: { ...DB, 'config.yaml': 'defaults:\n  - db@x._group_: mysql\nx: 1\n' } },
  { files: { ...DB, 'config.yaml': 'defaults:\n  - db/mysql\n  - db/postgresql@other\nx: 1\n' } },
  { files: { ...DB, 'config.yaml': 'defaults:\n  - base\n  - _self_\nb: 3\n', 'base.yaml': 'a: 1\nb: 2\n' } },
  { files: { ...DB, 'config.yaml': 'defaults:\n  - /base\nb: 3\n', 'base.yaml': 'a: 1\nb: 2\n' } },
  { files: { ...DB, 'config.yaml': 'defaults:\n  - missing\n' } },
  { files: { ...DB, 'config.yaml': 'defaults:\n  - db\n' } },
  { files: { ...DB, 'config.yaml': 'defaults:\n  - db: mysql\n  - db: mysql\n' } },
  { files: { ...DB, 'config.yaml': 'defaults:\n  - db: mysql\n  - db: postgresql\n' } },
  { files: { ...DB, 'config.yaml': 'defaults:\n  - override db: postgresql\n' } },
  { files: { ...DB, 'config.yaml': 'defaults:\n  - db: mysql\n  - override db: postgresql\n' } },
  { files: { ...DB, 'config.yaml': 'defaults:\n  - override db: postgresql\n  - db: mysql\n' } },
  { files: { ...DB, 'config.yaml': 'defaults:\n  - db: mysql\n  - override hydra/job_logging: none\nx: 1\n' } },
  { files: { ...DB, 'config.yaml': 'defaults: {db: mysql}\n' } },
  { files: { ...DB, 'config.yaml': 'defaults: []\nx: 1\n' } },
  { files: { ...DB, 'config.yaml': 'defaults:\nx: 1\n' } },
  { files: { ...DB, 'config.yaml': 'defaults:\n  - db: mysql\n    other: x\n' } },
  { files: { ...DB, 'config.yaml': 'defaults:\n  - 5\n' } },
  { files: { ...DB, 'config.yaml': 'defaults:\n  - db: 5\n' } },
  { files: { ...DB, 'config.yaml': 'hydra:\n  run:\n    dir: x\nx: 1\n' } },
  { files: { ...DB, 'config.yaml': 'hydra:\n  searchpath:\n    - file://conf2\nx: 1\n' } },
  {
    files: {
      'config.yaml': 'defaults:\n  - model: m\n  - data: d\n  - ${model}_${data}\n  - opt: ${model}\n',
      'model/m.yaml': 'a: 1\n',
      'model/n.yaml': 'a: 2\n',
      'data/d.yaml': 'b: 1\n',
      'm_d.yaml': 'both: 1\n',
      'n_d.yaml': 'both: 2\n',
      'opt/m.yaml': 'lr: 1\n',
      'opt/n.yaml': 'lr: 2\n',
    },
  },
  {
    files: {
      'config.yaml': 'defaults:\n  - model: m\n  - opt: ${model}\n',
      'model/m.yaml': 'a: 1\n',
      'model/n.yaml': 'a: 2\n',
      'opt/m.yaml': 'lr: 1\n',
      'opt/n.yaml': 'lr: 2\n',
    },
    overrides: ['model=n'],
  },
  {
    files: {
      'config.yaml': 'defaults:\n  - exp: e\n  - db: mysql\n',
      'exp/e.yaml': '# @package _global_\ndefaults:\n  - override /db: postgresql\nseed: 7\ndb:\n  user: e\n',
      'db/mysql.yaml': 'a: 1\n',
      'db/postgresql.yaml': 'a: 2\n',
    },
  },
  {
    files: {
      'config.yaml': 'defaults:\n  - db: mysql\n  - exp: null\nseed: 1\n',
      'exp/e.yaml':
        '# @package _global_\ndefaults:\n  - override /db: postgresql\n  - _self_\nseed: 7\ndb:\n  user: e\n',
      'db/mysql.yaml': 'a: 1\n',
      'db/postgresql.yaml': 'a: 2\n',
    },
    overrides: ['+exp=e'],
  },
  {
    files: {
      'config.yaml': 'defaults:\n  - _self_\n  - db: mysql\n  - exp: null\nseed: 1\n',
      'exp/e.yaml':
        '# @package _global_\ndefaults:\n  - override /db: postgresql\n  - _self_\nseed: 7\ndb:\n  user: e\n',
      'db/mysql.yaml': 'a: 1\n',
      'db/postgresql.yaml': 'a: 2\n',
    },
    overrides: ['exp=e', 'seed=9'],
  },
  // Packages in headers.
  { files: { 'config.yaml': 'defaults:\n  - db: a\n', 'db/a.yaml': '# @package other.place\nx: 1\n' } },
  { files: { 'config.yaml': 'defaults:\n  - db: a\n', 'db/a.yaml': '# @package _group_\nx: 1\n' } },
  { files: { 'config.yaml': 'defaults:\n  - db: a\n', 'db/a.yaml': '# @package _global_.q\nx: 1\n' } },
  { files: { 'config.yaml': 'defaults:\n  - db@w: a\n', 'db/a.yaml': '# @package other\nx: 1\n' } },
  { files: { 'config.yaml': 'defaults:\n  - db: a\n', 'db/a.yaml': '#@package other\n\nx: 1\n' } },
  { files: { 'config.yaml': 'defaults:\n  - db: a\n', 'db/a.yaml': '# note\n# @package other\nx: 1\n' } },
  { files: { 'config.yaml': 'defaults:\n  - db: a\n', 'db/a.yaml': '# @package a b\nx: 1\n' } },
  { files: { 'config.yaml': 'defaults:\n  - db: a\n', 'db/a.yaml': '- 1\n- 2\n' } },
  { files: { 'config.yaml': 'defaults:\n  - db/deep: a\n', 'db/deep/a.yaml': 'x: 1\n' } },
  { files: { 'config.yaml': 'defaults:\n  - db: a\n', 'db/a.yml': 'x: 1\n' } },
  { files: { 'config.yaml': 'defaults:\n  - db: a.yaml\n', 'db/a.yaml': 'x: 1\n' } },
  { files: { 'other.yaml': 'x: 1\n' }, name: 'other' },
  { files: { 'other.yaml': 'x: 1\n' } },
  { files: { 'sub/other.yaml': 'x: 1\n' }, name: 'sub/other' },
  // Merging.
  {
    files: {
      'config.yaml': 'defaults:\n  - a\n  - b\n',
      'a.yaml': 'd: {x: 1, y: {z: 2}}\nl: [1, 2]\nn: 1\nk: {q: 1}\nm: 5\ns: ${d}\nt: null\n',
      'b.yaml': 'd: {y: {w: 3}, v: 1}\nl: [3]\nn: {deep: 1}\nk: null\nm: ???\ns: {more: 1}\nt: {u: 1}\n',
    },
  },
  { files: { 'config.yaml': 'defaults:\n  - a\n  - b\n', 'a.yaml': 'd: {x: 1}\n', 'b.yaml': 'd: [1]\n' } },
  { files: { 'config.yaml': 'defaults:\n  - a\n  - b\n', 'a.yaml': 'd: [1]\n', 'b.yaml': 'd: {x: 1}\n' } },
  { files: { 'config.yaml': 'defaults:\n  - a\n  - b\n', 'a.yaml': 'd: [1]\n', 'b.yaml': 'd: ${x}\nx: 4\n' } },
  { files: { 'config.yaml': 'defaults:\n  - a\n  - b\n', 'a.yaml': 'd: {k: 1}\n', 'b.yaml': 'd: 4\n' } },
  // YAML 1.1 as OmegaConf reads it, and PyYAML writes it.
  { files: one('') },
  { files: one('- 1\n') },
  { files: one('just text\n') },
  { files: one('a: yes\nb: off\nc: y\nd: No\ne: "yes"\nf: "y"\ng: true\nh: "on"\n') },
  {
    files: one(
      'a: 010\nb: 0o10\nc: 0x1F\nd: 1_000\ne: 0b11\nf: 08\ng: 1:30\nh: -1:30:05\ni: "010"\nj: "1:30"\nk: +5\n',
    ),
  },
  {
    files: one(
      'a: 1e3\nb: 1E-3\nc: 1.5e+3\nd: .5\ne: 1.\nf: 1e-05\ng: 1.0e+20\nh: .inf\ni: -.INF\nj: .nan\nk: 1_0.5\nl: 1:30.5\n',
    ),
  },
  { files: one('a: "1e3"\nb: "1.5"\nc: "nan"\nd: "inf"\ne: "1_0"\nf: " 5 "\ng: "infinity"\nh: ".5"\ni: "1e"\n') },
  { files: one('a: 2020-01-02\nb: "2020-01-02"\nc: 2020-01-02 03:04:05\nd: 12:30:45\n') },
  { files: one('a: null\nb: ~\nc:\nd: "null"\ne: "~"\nf: ""\ng: NULL\nh: "None"\n') },
  { files: one('a: {}\nb: []\nc: [[], {}]\nd: [[1, [2]], {x: [3]}]\ne: {f: {g: {}}}\n') },
  { files: one('a: [{x: 1, y: [1, 2]}, [{z: 1}], null, ""]\n') },
  { files: one('1: a\ntrue: b\n1.5: c\n"1": d\n"true": e\n"": f\n"a: b": g\n"multi\\nline": h\n') },
  { files: one(`${'k'.repeat(140)}: 1\n${'m'.repeat(122)}: 2\n${'m'.repeat(123)}: [1]\n${'n'.repeat(130)}: {a: 1}\n`) },
  { files: one('a: &x {k: 1}\nb: *x\nc:\n  <<: *x\n  l: 2\nd:\n  z: 0\n  <<: [*x, {k: 9, w: 1}]\n') },
  { files: one('a: 1\na: 2\n') },
  { files: one('a: =\n') },
  { files: one('a: !!str 5\nb: !!int "7"\nc: !!float 1\nd: ! 5\n') },
  {
    files: one(
      `a: ${'word '.repeat(40)}\nb: "${'word  '.repeat(30)}"\nc: ${'x'.repeat(200)}\nd: 'it''s ${'quoted '.repeat(20)}: end'\n`,
    ),
  },
  {
    files: one(
      `a: "tab\\there ${'word '.repeat(30)}end"\nb: "\\u0007 bell"\nc: "é ü 漢字 \\U0001F600"\nd: "\\U0001F600\\t ${'漢字 '.repeat(40)}"\n`,
    ),
  },
  { files: one(`l:\n- - ${'word '.repeat(30)}\n- k: ${'word '.repeat(30)}\n  m:\n    n: ${'word '.repeat(30)}\n`) },
  {
    files: one(
      'a: |\n  line one\n  line two\nb: >\n  folded\n  text\n\n  more\nc: "x\\n\\ny"\nd: |+\n  keep\n\ne: " lead"\nf: "trail "\ng: "a \\n b"\n',
    ),
  },
  {
    files: one(
      'a: "- x"\nb: "-x"\nc: "? x"\nd: ":x"\ne: "a:"\nf: "a #b"\ng: "#x"\nh: "@x"\ni: "`x"\nj: "%x"\nk: "!x"\nl: "&x"\nm: "*x"\nn: "a, b"\no: "[x"\np: "{x"\nq: "it\'s"\nr: "---"\ns: "--- x"\nt: "..."\nu: "="\nv: "<<"\nw: "|"\n',
    ),
  },
  { files: one('a: "\\\\d+"\nb: "C:\\\\x"\nc: "a\\"b"\nd: "\\u00a0x"\ne: "\\u2028"\nf: "x\\u0085y"\ng: "\\ufeffx"\n') },
  // Expressions.
  {
    files: one(
      'a: 5\nb: ${a}\nc: x${a}y\nd: ${e.f}\ne: {f: ${a}, g: ${.f}, h: ${..a}}\ni: ${e}\nj: [1, "${a}"]\nk: ${j.1}${j[0]}\n',
    ),
  },
  {
    files: one(
      'a: {x: "${..b}"}\nb: 1\nc: ${a.x}\nd: ${a[x]}\ne: a\nf: ${${e}.x}\ng: "${a}"\nh: "s ${a}"\ni: ${j}\nj: [true, null, 1.0, a]\nk: "${j} ${j[0]} ${j[1]} ${j[2]}"\n',
    ),
  },
  { files: one('a: \\${b}\nb: \\\\${c}\nc: 1\nd: \\\\\\${c}\ne: "a\\\\b ${c}"\nf: $c\ng: "$${c}"\nh: "{${c}}"\n') },
  { files: one('a: ${nope}\n') },
  { files: one('a: ${a}\n') },
  { files: one('a: ${b}\nb: ${a}\n') },
  { files: one('a: {b: "${a}"}\n') },
  { files: one('a: ???\nb: ${a}\nc: x${a}\nd:\n  e: ???\nf: ${d}\n') },
  { files: one('a: ???\n'), overrides: ['a=5'] },
  {
    files: one(
      'a: ${oc.env:LODE_T}\nb: ${oc.env:LODE_NO,7}\nc: ${oc.env:LODE_NO,null}\nd: ${oc.env:LODE_NO,"q, r"}\ne: ${oc.env:LODE_NO, true}\nf: ${oc.env:LODE_NO,}\n',
    ),
  },
  { files: one('a: ${oc.env:LODE_NO}\n') },
  {
    files: one(
      "a: ${oc.decode:'[1, 2.5, x]'}\nb: ${oc.decode:${oc.env:LODE_N}}\nc: ${oc.decode:null}\nd: ${oc.decode:'{a: 1, b: [x]}'}\ne: ${oc.decode:\"'q'\"}\n",
    ),
  },
  { files: one('a: ${oc.create:{x:1,y:${b}}}\nb: 2\nc: ${oc.create:[1,2]}\nd: ${.a.x}\n') },
  {
    files: one(
      'a: ${oc.select:b,5}\nb: 2\nc: ${oc.select:nope,5}\nd: ${oc.select:nope}\ne: {f: "${oc.select:.g,1}", g: 3}\nh: ${oc.select:m,4}\nm: ???\n',
    ),
  },
  { files: one('a: {x: 1, y: 2}\nb: ${oc.dict.keys:a}\nc: ${oc.dict.values:a}\nd: ${oc.dict.keys:nope}\n') },
  { files: one('a: {x: 1, y: 2}\nb: ${oc.dict.keys:a}\nc: ${oc.dict.values:a}\n') },
  { files: one('a: ${oc.deprecated:b}\nb: 3\n') },
  { files: one('a: ${nothing:1}\n') },
  { files: one('a: ${hydra:job.name}\n') },
  { files: one('a: ${hydra.job.name}\n') },
  { files: one('a: ${\n') },
  { files: one('a: ${}\n') },
  { files: one('a: "${b"\nb: 1\n') },
  {
    files: one(
      'a: ${oc.create:[1,,2]}\nb: ${oc.create:{a b: c d, 3: "x"}}\nc: ${oc.create:[a\\,b, "c,d", 1e3, -.5, +7, 1_0, true, TRUE, null, nan]}\n',
    ),
  },
  { files: one('a: "${ b }"\nb: 1\nc: "${oc.env: LODE_NO , x y }"\n') },
  { files: one('a: 1\nb: 2\n'), overrides: ["+c='${a}'", '+d=${b}', '+e=x${a}', '+f=[${a},${b}]', '+g={h:${a}}'] },
  { files: one('l: [1, {a: 2}]\n'), overrides: ['l.1.a=3', 'l.0=9'] },
  { files: one('l: [1, 2]\n'), overrides: ['l=[3]', '+m=[4]', '++l=[5,6]'] },
  { files: one('l: {a: 1}\n'), overrides: ['+l={b: 2}', '++l.c={d: 3}'] },
  { files: one('l: {a: 1}\n'), overrides: ['l={b: 2}'] },
  {
    files: one('s: a\n'),
    overrides: ['s="it\'s: #1"', '+t=', "+u=''", '+v=a b', '+w=a\\,b', '+x=null', '+y=TRUE', '+z=.5'],
  },
];
