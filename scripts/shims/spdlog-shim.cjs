// In the place of @vscode/spdlog, a native module without a prebuilt binary: every output channel and log file is written through it.
const fs = require('node:fs');
const path = require('node:path');

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'critical'];
let flushFrom = 0;

class Logger {
  constructor(file, maxSize = Number.POSITIVE_INFINITY) {
    Object.assign(this, { file, maxSize, level: 2, plain: false, waiting: '' });
  }
  write(level, text) {
    if (level < this.level) return;
    const time = new Date().toISOString().replace('T', ' ').replace('Z', '');
    this.waiting += this.plain ? text : `${time} [${LEVELS[level]}] ${text}\n`;
    if (level >= flushFrom) this.flush();
  }
  flush() {
    if (!this.waiting) return;
    try {
      const size = fs.statSync(this.file, { throwIfNoEntry: false })?.size ?? 0;
      if (size > this.maxSize) fs.renameSync(this.file, this.file.replace(/(\.[^.]*)?$/, '.1$1'));
      fs.appendFileSync(this.file, this.waiting);
    } catch {
      // The log folder goes when a test ends; a log must not stop the host.
    }
    this.waiting = '';
  }
  getLevel() {
    return this.level;
  }
  setLevel(level) {
    this.level = level;
  }
  setPattern() {
    this.plain = false;
  }
  clearFormatters() {
    this.plain = true;
  }
  drop() {
    this.flush();
  }
}
for (const [level, name] of LEVELS.entries())
  Logger.prototype[name] = function (text) {
    this.write(level, text);
  };

async function createLogger(_name, file, maxSize) {
  await fs.promises.mkdir(path.dirname(file), { recursive: true });
  return new Logger(file, maxSize);
}

// One `exports.x =` a line: VS Code loads this by import(), which finds the names of a CommonJS module only in that form.
exports.version = 0;
exports.setLevel = () => {};
exports.setFlushOn = (level) => {
  flushFrom = level;
};
exports.Logger = Logger;
exports.createRotatingLogger = createLogger;
exports.createAsyncRotatingLogger = createLogger;
