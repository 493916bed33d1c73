// `node scripts/draw-icon.mjs`: draws media/lode.svg (activity bar, one colour) and media/icon.png (extension list) from the same few lines:
// a block of rock with strata, and the lode, a vein of ore, running through it.
import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';
import { ROOT } from './command.mjs';

/** On a grid of 24, as VS Code's own icons are. */
const ROCK = [
  [12, 2.2],
  [20.5, 7.1],
  [20.5, 16.9],
  [12, 21.8],
  [3.5, 16.9],
  [3.5, 7.1],
];
const VEIN = [
  [16.8, 5.6],
  [13.2, 9.4],
  [14.8, 11.6],
  [9.6, 14.2],
  [10.4, 16.2],
  [7.6, 18.6],
];
const STRATA = [
  [
    [3.9, 11.4],
    [8.6, 11.4],
  ],
  [
    [16.2, 13.6],
    [20.1, 13.6],
  ],
];

const line = (points) => points.map(([x, y], i) => `${i === 0 ? 'M' : 'L'}${x} ${y}`).join('');
const stroke = (d, width) =>
  `<path d="${d}" stroke="currentColor" stroke-width="${width}" stroke-linecap="round" stroke-linejoin="round"/>`;
const svg = [
  '<svg xmlns="http://www.w3.org/2000/svg" width="24" height="24" viewBox="0 0 24 24" fill="none">',
  `  ${stroke(`${line(ROCK)}Z`, 1.5)}`,
  ...STRATA.map((stratum) => `  ${stroke(line(stratum), 1.2)}`),
  `  ${stroke(line(VEIN), 2)}`,
  '</svg>',
  '',
].join('\n');

const SIZE = 256;

/** Distance of a point to a line of segments, in grid units. */
function distance(px, py, points, closed = false) {
  const ends = closed ? [...points.slice(1), points[0]] : points.slice(1);
  return Math.min(
    ...ends.map(([bx, by], i) => {
      const [ax, ay] = points[i];
      const [dx, dy] = [bx - ax, by - ay];
      const t = Math.max(0, Math.min(1, ((px - ax) * dx + (py - ay) * dy) / (dx * dx + dy * dy)));
      return Math.hypot(px - ax - t * dx, py - ay - t * dy);
    }),
  );
}

/** True on the inner side of every edge; the points go clockwise. */
const inside = (px, py, points) =>
  points.every(([ax, ay], i) => {
    const [bx, by] = points[(i + 1) % points.length];
    return (bx - ax) * (py - ay) - (by - ay) * (px - ax) >= 0;
  });

/** Distance to a rounded square that fills the picture; negative inside. */
function tile(px, py) {
  const radius = 5.2;
  const [x, y] = [Math.abs(px - 12) - 12 + radius, Math.abs(py - 12) - 12 + radius];
  return Math.hypot(Math.max(x, 0), Math.max(y, 0)) + Math.min(Math.max(x, y), 0) - radius;
}

const PIXEL = 24 / SIZE; // grid units
/** How much of a pixel a shape covers, given the distance to its edge. */
const cover = (edge) => Math.max(0, Math.min(1, 0.5 - edge / PIXEL));
const mix = (below, above, share) => below.map((value, i) => value + (above[i] - value) * share);

/** Colour and opacity of a pixel. */
function colourAt(x, y) {
  // The drawing keeps a margin inside the tile.
  const [px, py] = [(x - 12) * 1.22 + 12, (y - 12) * 1.22 + 12];
  let colour = mix([37, 52, 72], [16, 24, 38], y / 24);
  const rock = distance(px, py, ROCK, true);
  colour = mix(colour, mix([92, 112, 138], [58, 74, 98], py / 24), cover(inside(px, py, ROCK) ? -rock : rock));
  for (const stratum of STRATA) colour = mix(colour, [134, 154, 180], cover(distance(px, py, stratum) - 0.5));
  const vein = inside(px, py, ROCK) ? distance(px, py, VEIN) : Number.POSITIVE_INFINITY;
  colour = mix(colour, [150, 96, 10], cover(vein - 1.45));
  colour = mix(colour, mix([255, 224, 120], [245, 166, 35], py / 24), cover(vein - 1.1));
  colour = mix(colour, [198, 212, 230], cover(rock - 0.55));
  return [...colour, 255 * cover(tile(x, y))].map(Math.round);
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type), data]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length, 0);
  frame.writeUInt32BE(checksum(body), 4);
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
}

/** CRC-32 as PNG wants it. */
function checksum(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}

function png() {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(SIZE, 0);
  header.writeUInt32BE(SIZE, 4);
  header.set([8, 6], 8); // 8 bits a channel, RGBA
  const rows = Array.from({ length: SIZE }, (_, y) => [
    0, // no filter
    ...Array.from({ length: SIZE }, (_, x) => colourAt((x + 0.5) * PIXEL, (y + 0.5) * PIXEL)).flat(),
  ]);
  const data = zlib.deflateSync(Buffer.from(rows.flat()), { level: 9 });
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', data), chunk('IEND', Buffer.alloc(0))]);
}

fs.mkdirSync(path.join(ROOT, 'media'), { recursive: true });
fs.writeFileSync(path.join(ROOT, 'media/lode.svg'), svg);
fs.writeFileSync(path.join(ROOT, 'media/icon.png'), png());
