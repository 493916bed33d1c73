/** DVC's colours, which the first revisions get. */
const FIRST = ['#945dd6', '#13adc7', '#f46837', '#48bb78', '#4299e1', '#ed8936', '#f56565'] as const;

/** The golden angle, in degrees: however many colours there are, each lies well apart from those before it. */
const ANGLE = 137.508;

/** The colour of revision `index`, from 0: DVC's seven, then as many as anybody wants. `#rrggbb`. */
export function plotColor(index: number): string {
  const known = FIRST[index];
  if (known !== undefined) return known;
  const turn = index - FIRST.length;
  return fromHsl((turn * ANGLE + 20) % 360, 0.62 - 0.12 * (turn % 2), 0.5 + 0.08 * ((turn % 3) - 1));
}

/** @param hue In degrees; the others are 0 to 1. */
function fromHsl(hue: number, saturation: number, lightness: number): string {
  const reach = saturation * Math.min(lightness, 1 - lightness);
  const channel = (offset: number): string => {
    const at = (offset + hue / 30) % 12;
    const value = lightness - reach * Math.max(-1, Math.min(at - 3, 9 - at, 1));
    return Math.round(value * 255)
      .toString(16)
      .padStart(2, '0');
  };
  return `#${channel(0)}${channel(8)}${channel(4)}`;
}
