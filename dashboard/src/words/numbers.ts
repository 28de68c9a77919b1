/** Numbers for people. */
const whole = new Intl.NumberFormat("en");
const short = new Intl.NumberFormat("en", { maximumSignificantDigits: 4 });
const compact = new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 3 });
const percents = new Intl.NumberFormat("en", { style: "percent", maximumSignificantDigits: 3 });
const scores = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });

/** What is nothing but the rounding of a computer is shown as 0. */
const NOISE = 1e-9;

export const integer = (value: number): string => whole.format(value);

export const quantity = (value: number): string =>
  Math.abs(value) < NOISE ? "0" : Number.isInteger(value) ? whole.format(value) : short.format(value);

export const axis = (value: number): string =>
  Math.abs(value) >= 10_000 ? compact.format(value) : short.format(value);

export const percent = (share: number): string => percents.format(Math.abs(share) < NOISE ? 0 : share);

export const score = (value: number): string => scores.format(value);

export const count = (number: number, thing: string, many = `${thing}s`): string =>
  `${whole.format(number)} ${number === 1 ? thing : many}`;

/** Rules whose metric is no share of rows. */
const QUANTITIES: ReadonlySet<string> = new Set([
  "row_count",
  "statistic",
  "freshness",
  "drift",
  "anomaly",
  "schema",
  "query",
  "reconcile",
]);

/** The metric of a rule as people read it: a share of rows in per cent, else the number. */
export const metric = (value: number, type: string): string =>
  QUANTITIES.has(type) || Math.abs(value) > 1 ? quantity(value) : percent(value);

export type Grade = "good" | "fair" | "poor";

export function grade(value: number): Grade {
  if (value >= 95) {
    return "good";
  }
  return value >= 80 ? "fair" : "poor";
}
