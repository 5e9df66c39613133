// Filled contours of a landscape.

/** @import {Domain, Field, Theme} from "./types.d.ts" */
/** @import {Plot} from "./plot.js" */
import { contextOf } from "./canvas.js";
import { clamp } from "./numbers.js";

/** A value is a pole's if it is beyond both: so many, and so many times what nearly all others are. */
const [VAST, TIMES] = [1e9, 1e6];

/**
 * The values that colours tell apart, in order: those that are numbers, without the few beside a pole, which would make
 * one colour of all others.
 * @param {Float64Array} heights
 */
function ordered(heights) {
  const sorted = heights.filter(Number.isFinite).sort();
  const size = (/** @type {number} */ share) => Math.abs(sorted[Math.floor(share * sorted.length)]);
  const bound = Math.max(VAST, TIMES * Math.max(size(0.02), size(0.98)));
  return sorted.filter((v) => Math.abs(v) <= bound);
}

/**
 * How heights between `low` and `high` are spread over [0, 1], and back: logarithmic above a few per cent of the lowest
 * ground. Where that is a pole downwards, which would take most colours for itself: on both sides of the median.
 * @param {Float64Array} sorted
 * @param {number} low
 * @param {number} high
 * @returns {[(v: number) => number, (height: number) => number]}
 */
function spread(sorted, low, high) {
  const at = (/** @type {number} */ share) => sorted[Math.floor(share * sorted.length)] ?? low;
  if (at(0.02) - low > (high - low) / 5) {
    const [median, scale] = [at(0.5), Math.max((at(0.75) - at(0.25)) / 10, 1e-6 * (high - low))];
    const [from, to] = [low, high].map((v) => Math.asinh((v - median) / scale));
    return [
      (v) => (Math.asinh((v - median) / scale) - from) / (to - from),
      (height) => median + scale * Math.sinh(from + height * (to - from)),
    ];
  }
  const knee = at(0.02) - low || (high - low) / 100 || 1;
  const top = Math.log1p((high - low) / knee) || 1;
  return [(v) => Math.log1p((v - low) / knee) / top, (height) => low + knee * Math.expm1(height * top)];
}

/**
 * The landscape on a grid as heights in [0, 1]; not a number where it has no value.
 * @param {(x: number, y: number) => number} value
 * @param {Domain} domain
 * @param {number} columns
 * @param {number} rows
 * @returns {Field}
 */
export function survey(value, [x0, x1, y0, y1], columns, rows) {
  const heights = new Float64Array(columns * rows);
  for (let j = 0, n = 0; j < rows; j++) {
    const y = y1 - ((y1 - y0) * j) / (rows - 1);
    for (let i = 0; i < columns; i++) heights[n++] = value(x0 + ((x1 - x0) * i) / (columns - 1), y);
  }
  const sorted = ordered(heights);
  const [low, high] = sorted.length ? [sorted[0], sorted[sorted.length - 1]] : [0, 0];
  const [height, back] = spread(sorted, low, high);
  return {
    columns,
    rows,
    low,
    middle: back(0.5),
    high,
    blank: heights.some(Number.isNaN),
    heights: Float32Array.from(heights, (v) => height(clamp(v, low, high))),
  };
}

/** @type {(hex: string) => number[]} */
export const rgb = (hex) => [1, 3, 5].map((k) => parseInt(hex.slice(k, k + 2), 16));

/** @type {(parts: number[]) => number} */
const packed = ([r, g, b]) => (255 << 24) | (b << 16) | (g << 8) | r;

/** Pixels from a line to the next, where there is no height. */
const HATCH = 9;

/**
 * The colour at a share of the way along the ramp.
 * @param {string[]} ramp
 * @param {number} share
 */
export function shade(ramp, share) {
  const at = share * (ramp.length - 1);
  const below = Math.min(Math.floor(at), ramp.length - 2);
  const [from, to] = [rgb(ramp[below]), rgb(ramp[below + 1])];
  return `rgb(${from.map((c, k) => Math.round(c + (at - below) * (to[k] - c))).join()})`;
}

/**
 * Colours of the bands: rows of `shades` from the band's own colour to the contour's ink, packed for ImageData.
 * @param {Theme} theme
 * @param {number} bands
 * @param {number} shades
 */
function bandColours({ ramp, ink }, bands, shades) {
  const stops = ramp.map(rgb);
  const line = rgb(ink);
  const table = new Uint32Array(bands * shades);
  for (let band = 0; band < bands; band++) {
    const at = (band / (bands - 1)) * (stops.length - 1);
    const below = Math.min(Math.floor(at), stops.length - 2);
    for (let shade = 0; shade < shades; shade++) {
      const mix = (0.38 * shade) / (shades - 1);
      const [r, g, b] = line.map((c, k) => {
        const fill = stops[below][k] + (at - below) * (stops[below + 1][k] - stops[below][k]);
        return Math.round(fill + mix * (c - fill));
      });
      table[band * shades + shade] = packed([r, g, b]);
    }
  }
  return table;
}

/**
 * Bands of colour with anti-aliased lines between them, as pixels packed for ImageData; hatched where there is no height.
 * @param {Pick<Field, "columns" | "rows" | "heights">} field
 * @param {number} width
 * @param {number} height
 * @param {Theme} theme
 * @param {number} bands
 */
export function contourPixels({ columns, rows, heights }, width, height, theme, bands) {
  const shades = 12;
  const colours = bandColours(theme, bands, shades);
  const [plain, hatch] = [theme.surface, theme.muted].map((colour) => packed(rgb(colour)));
  const pixels = new Uint32Array(width * height);
  const row = new Float32Array(columns);
  const above = new Float32Array(width);
  for (let y = 0, n = 0; y < height; y++) {
    const v = (y / (height - 1)) * (rows - 1);
    const j = Math.min(Math.floor(v), rows - 2);
    for (let i = 0; i < columns; i++) {
      const a = heights[j * columns + i];
      row[i] = bands * (a + (v - j) * (heights[(j + 1) * columns + i] - a));
    }
    let left = row[0];
    for (let x = 0; x < width; x++, n++) {
      const u = (x / (width - 1)) * (columns - 1);
      const i = Math.min(u | 0, columns - 2);
      const level = row[i] + (u - i) * (row[i + 1] - row[i]);
      const slope = (Math.hypot(level - left, y ? level - above[x] : 0) || 0) + 1e-9;
      const distance = Math.abs(level - Math.round(level)) / slope; // in pixels, to the nearest contour
      const edge =
        level > 0.5 && level < bands - 0.5 ? clamp(1.2 - distance, 0, 1) * Math.min(1, 0.5 / slope) : 0;
      const band = Math.min(level | 0, bands - 1);
      if (Number.isNaN(level)) pixels[n] = (x + y) % HATCH < 2 ? hatch : plain;
      else pixels[n] = colours[band * shades + Math.round(edge * (shades - 1))];
      left = above[x] = level;
    }
  }
  return pixels;
}

/** Contours on the lowest canvas of a plot, made anew only when what they show, the size or the theme has changed. */
export class Contours {
  /**
   * @param {Plot} plot
   * @param {{bands?: number, cell?: number}} [options] cell: CSS pixels between the points where heights are computed
   */
  constructor(plot, { bands = 15, cell = 2 } = {}) {
    this.plot = plot;
    this.bands = bands;
    this.cell = cell;
    /** @type {Field} */
    this.field = { columns: 2, rows: 2, low: 0, middle: 0.5, high: 1, heights: new Float32Array(4) };
    /** @type {Theme | null} */
    this.painted = null;
    this.shown = "";
  }

  /**
   * Whether they had to be painted.
   * @param {unknown} key changes when the heights do
   * @param {Theme} theme
   * @param {(columns: number, rows: number) => Field} make
   */
  draw(key, theme, make) {
    const { plot } = this;
    const shown = JSON.stringify([key, plot.width, plot.height]);
    if (shown !== this.shown) {
      this.shown = shown;
      this.painted = null;
      const [columns, rows] = [plot.width, plot.height].map((size) =>
        Math.max(2, Math.ceil(size / this.cell) + 1),
      );
      this.field = make(columns, rows);
    }
    if (!plot.fit(0) && this.painted === theme) return false;
    this.painted = theme;
    const [canvas] = plot.canvases;
    const context = contextOf(canvas);
    const image = context.createImageData(canvas.width, canvas.height);
    const pixels = contourPixels(this.field, canvas.width, canvas.height, theme, this.bands);
    new Uint32Array(image.data.buffer).set(pixels);
    context.putImageData(image, 0, 0);
    return true;
  }
}

/** @type {(theme: Theme) => string} the colours of the bands from the lowest to the highest, for a legend */
export const rampOf = ({ ramp }) => `linear-gradient(90deg, ${ramp.join()})`;
