import { useEffect, useRef, useState } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { useTheme } from "../theme/theme";
import { quantity } from "../words/numbers";
import { exact } from "../words/time";
import { colours } from "./colours";
import { columns, type Look, options, type Point } from "./options";

interface TrendProps {
  readonly label: string;
  readonly points: readonly Point[];
  readonly height?: number;
  readonly threshold?: number | null;
  readonly limits?: readonly [number, number] | null;
  readonly shown?: (value: number) => string;
}

/** A number over time, with its usual band and its threshold; a screen reader gets it in words. */
export default function Trend({
  label,
  points,
  height = 190,
  threshold = null,
  limits = null,
  shown = quantity,
}: TrendProps) {
  const ref = useRef<HTMLDivElement>(null);
  const width = useWidth(ref);
  const theme = useTheme();
  // biome-ignore lint/correctness/useExhaustiveDependencies: another theme has other colours
  useEffect(() => {
    if (ref.current === null || width === 0) {
      return;
    }
    const look: Look = { label, height, threshold, limits, shown };
    const plot = new uPlot(options(look, colours(), width), columns(points), ref.current);
    return () => plot.destroy();
  }, [label, points, height, threshold, limits, shown, width, theme]);
  return (
    <figure className={points.some((point) => point.low != null) ? "trend banded" : "trend"}>
      <div ref={ref} aria-hidden="true" />
      <figcaption className="unseen">{summary(label, points, shown)}</figcaption>
    </figure>
  );
}

function useWidth(ref: React.RefObject<HTMLDivElement | null>): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    if (ref.current === null) {
      return;
    }
    const seen = new ResizeObserver(([entry]) => setWidth(Math.floor(entry?.contentRect.width ?? 0)));
    seen.observe(ref.current);
    return () => seen.disconnect();
  }, [ref]);
  return width;
}

function summary(label: string, points: readonly Point[], shown: (value: number) => string): string {
  const known = points.filter((point) => point.value !== null);
  const last = known.at(-1);
  if (last === undefined) {
    return `${label}: no value`;
  }
  const values = known.map((point) => point.value ?? 0);
  const failed = points.filter((point) => point.bad).length;
  const bounds = `from ${shown(Math.min(...values))} to ${shown(Math.max(...values))}`;
  return `${label}: ${known.length} runs, ${bounds}, last ${shown(last.value ?? 0)} on ${exact(last.at)}; ${failed} failed`;
}
