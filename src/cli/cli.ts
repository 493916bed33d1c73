import * as path from 'node:path';
import type { run } from './cli-main.ts';
import { loadBundle } from './code-cache.ts';

const cli = loadBundle<{ readonly run: typeof run }>(path.join(__dirname, 'cli-main.js'));
void cli.run(process.argv.slice(2)).then((status) => process.exit(status));
