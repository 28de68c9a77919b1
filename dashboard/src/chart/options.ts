/** How a trend is drawn: its band, its line, its threshold, and the runs that are unusual; pure but for the canvas. */
import type uPlot from "uplot";
import { day, minute } from "../words/time";
import type { Colours } from "./colours";

export interface Point {
  readonly at: string;
  readonly value: number | null;
  readonly low?: number | null;
  readonly high?: number | null;
  readonly bad: boolean;
}

export interface Look {
  readonly label: string;
  readonly height: number;
  readonly threshold: number | null;
  readonly limits: readonly [number, number] | null;
  readonly shown: (value: number) => string;
}

const FONT = '12px "Inter Variable", system-ui, sans-serif';
/** In the order in which they are drawn: the line over its band. */
const SERIES = { low: 1, high: 2, value: 3, bad: 4 } as const;

/** The points as columns: times in seconds, values, band, and the values that are bad. */
export function columns(points: readonly Point[]): uPlot.AlignedData {
  return [
    points.map((point) => Date.parse(point.at) / 1000),
    points.map((point) => point.low ?? null),
    points.map((point) => point.high ?? null),
    points.map((point) => point.value),
    points.map((point) => (point.bad ? point.value : null)),
  ];
}

export function options(look: Look, colour: Colours, width: number): uPlot.Options {
  const shown = (_: uPlot, value: number | null) => (value === null ? "–" : look.shown(value));
  const axis = { stroke: colour.dim, font: FONT, grid: { stroke: colour.rule, width: 1 }, ticks: { show: false } };
  return {
    width,
    height: look.height,
    legend: { live: true },
    cursor: { y: false, points: { size: 7 } },
    scales: { y: { range: (_, low, high) => range(look, low, high) } },
    axes: [
      { ...axis, space: 70, size: 26, grid: { show: false }, values: (_, ticks) => dates(ticks) },
      { ...axis, size: 54, values: (_, ticks) => ticks.map(look.shown) },
    ],
    series: [
      { label: "at", value: "{YYYY}-{MM}-{DD} {HH}:{mm}" },
      { label: "usual from", stroke: "transparent", points: { show: false }, value: shown },
      { label: "to", stroke: "transparent", points: { show: false }, value: shown },
      {
        label: look.label,
        stroke: colour.accent,
        width: 2,
        spanGaps: true,
        points: { show: true, size: 4, fill: colour.accent },
        value: shown,
      },
      {
        label: "failed",
        stroke: "transparent",
        points: { show: true, size: 8, fill: colour["red-fill"], stroke: colour.card, width: 1.5 },
        value: shown,
      },
    ],
    bands: [{ series: [SERIES.high, SERIES.low], fill: colour["accent-soft"] }],
    hooks: { ready: [showLast], setCursor: [showLast], draw: [(plot) => drawThreshold(plot, look.threshold, colour)] },
  };
}

const DAYS = 2 * 24 * 3600;

function dates(ticks: readonly number[]): string[] {
  const step = (ticks[1] ?? Number.POSITIVE_INFINITY) - (ticks[0] ?? 0);
  const texts = ticks.map((tick) => new Date(tick * 1000).toISOString());
  return texts.map(step * ticks.length < DAYS ? minute : day);
}

/** Where no point is pointed at, the legend shows the last one. */
function showLast(plot: uPlot): void {
  if (plot.cursor.idx == null) {
    plot.setLegend({ idx: plot.data[0].length - 1 }, false);
  }
}

function range(look: Look, low: number | null, high: number | null): [number, number] {
  if (look.limits !== null) {
    return [...look.limits];
  }
  const known = [low, high, look.threshold].filter(
    (value): value is number => value !== null && Number.isFinite(value),
  );
  const least = Math.min(...known);
  const most = Math.max(...known);
  const room = (most - least) * 0.08 || Math.abs(most) * 0.08 || 1;
  return [least >= 0 ? Math.max(0, least - room) : least - room, most + room];
}

function drawThreshold(plot: uPlot, threshold: number | null, colour: Colours): void {
  if (threshold === null) {
    return;
  }
  const y = Math.round(plot.valToPos(threshold, "y", true));
  const context = plot.ctx;
  context.save();
  context.strokeStyle = colour.red;
  context.lineWidth = 1.25 * devicePixelRatio;
  context.setLineDash([5 * devicePixelRatio, 4 * devicePixelRatio]);
  context.beginPath();
  context.moveTo(plot.bbox.left, y);
  context.lineTo(plot.bbox.left + plot.bbox.width, y);
  context.stroke();
  context.restore();
}
