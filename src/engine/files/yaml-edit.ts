import type { PyValue } from '../core/python.ts';
import { nodeOf } from './yaml-build.ts';
import type { YamlNode } from './yaml-node.ts';
import type { YamlTree } from './yaml-tree.ts';
export function editTree(_tree: YamlTree, value: PyValue): YamlNode {
  return nodeOf(value);
}
