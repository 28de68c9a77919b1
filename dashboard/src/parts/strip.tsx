import type { DayScore } from "../api/types";
import { grade, score } from "../words/numbers";
import { day } from "../words/time";

const HEIGHT = 30;
const STEP = 8;
const BAR = 6;
const DAY = 24 * 3600 * 1000;
const LEAST = 7;

interface StripProps {
  readonly scores: readonly DayScore[];
  readonly days: number;
  readonly until: string;
}

/** The score of each day as a bar; a day without a check has a dot. */
export function Strip({ scores, days, until }: StripProps) {
  const byDay = new Map(scores.map((one) => [one.day, one.score]));
  const last = Date.parse(`${until.slice(0, 10)}T00:00:00Z`);
  const shown = Array.from({ length: days }, (_, at) =>
    new Date(last - (days - 1 - at) * DAY).toISOString().slice(0, 10),
  );
  return (
    <svg
      className="strip"
      viewBox={`0 0 ${days * STEP} ${HEIGHT}`}
      width={days * STEP}
      height={HEIGHT}
      role="img"
      aria-label={summary(scores, days)}
    >
      {shown.map((date, at) => (
        <Day key={date} date={date} value={byDay.get(date)} x={at * STEP} />
      ))}
    </svg>
  );
}

function Day({ date, value, x }: { readonly date: string; readonly value: number | undefined; readonly x: number }) {
  if (value === undefined) {
    return <circle cx={x + BAR / 2} cy={HEIGHT - 2} r="1.2" className="none" />;
  }
  const height = LEAST + (value / 100) * (HEIGHT - LEAST);
  return (
    <rect x={x} y={HEIGHT - height} width={BAR} height={height} rx="1.500" className={grade(value)}>
      <title>{`${day(date)}: ${score(value)}`}</title>
    </rect>
  );
}

function summary(scores: readonly DayScore[], days: number): string {
  const [first, last] = [scores[0], scores.at(-1)];
  if (first === undefined || last === undefined) {
    return `No score in ${days} days`;
  }
  const least = scores.reduce((worst, one) => (one.score < worst.score ? one : worst));
  return `Score of the last ${days} days: first ${score(first.score)}, lowest ${score(least.score)} on ${day(least.day)}, last ${score(last.score)}`;
}
