const UNITS = ['B', 'KB', 'MB', 'GB', 'TB', 'PB'];

/** `12.4 MB`: powers of 1000, one digit below 100 as long as it says something. As Explorer and Finder count. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  for (; value >= 999.5 && unit < UNITS.length - 1; unit++) value /= 1000;
  const digits = unit === 0 || value >= 99.95 ? 0 : 1;
  return `${value.toFixed(digits).replace(/\.0$/, '')} ${UNITS[unit]}`;
}
