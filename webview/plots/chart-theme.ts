/** Vega's look in the colours and fonts the editor has at this moment. */
export function themeConfig(): Record<string, unknown> {
  const style = getComputedStyle(document.body);
  const read = (name: string, otherwise: string): string => style.getPropertyValue(name).trim() || otherwise;
  const text = read('--vscode-foreground', '#888');
  const muted = read('--vscode-descriptionForeground', text);
  const isContrast = document.body.classList.contains('vscode-high-contrast');
  const line = isContrast ? read('--vscode-contrastBorder', text) : mixed(text, 0.35);
  const font = read('--vscode-font-family', 'sans-serif');
  return {
    background: 'transparent',
    font,
    view: { stroke: 'transparent' },
    axis: {
      labelColor: muted,
      titleColor: text,
      titleFontWeight: 'normal',
      domainColor: line,
      tickColor: line,
      gridColor: mixed(text, 0.12),
      labelFontSize: 11,
      titleFontSize: 11,
      labelOverlap: 'greedy',
    },
    legend: { labelColor: text, titleColor: text, titleFontWeight: 'normal', symbolStrokeColor: text },
    header: { labelColor: text, titleColor: text },
    title: { color: text, fontSize: 12, fontWeight: 600 },
    text: { color: text },
    style: { 'guide-label': { fill: muted }, 'guide-title': { fill: text } },
    mark: { color: read('--vscode-charts-blue', '#4299e1') },
  };
}

/** A colour of the editor, partly see-through. */
const mixed = (color: string, share: number): string =>
  `color-mix(in srgb, ${color} ${Math.round(share * 100)}%, transparent)`;
