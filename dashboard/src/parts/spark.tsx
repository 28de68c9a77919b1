const WIDTH = 112;
const HEIGHT = 26;
const ROOM = 3;

interface SparkProps {
  readonly values: readonly (number | null)[];
  readonly bad?: readonly boolean[];
  readonly threshold?: number | null;
  readonly label: string;
}

/** A number over time as a small line; the runs that are `bad` are dots. */
export function Spark({ values, bad = [], threshold = null, label }: SparkProps) {
  const known = values.filter((value) => value !== null);
  if (known.length < 2) {
    return <span className="dim">–</span>;
  }
  const bounds = threshold === null ? known : [...known, threshold];
  const low = Math.min(...bounds);
  const high = Math.max(...bounds);
  const x = (at: number) => ROOM + (at / Math.max(1, values.length - 1)) * (WIDTH - 2 * ROOM);
  const y = (value: number) =>
    high === low ? HEIGHT / 2 : HEIGHT - ROOM - ((value - low) / (high - low)) * (HEIGHT - 2 * ROOM);
  const points = values.flatMap((value, at) =>
    value === null ? [] : [{ x: x(at), y: y(value), bad: bad[at] === true }],
  );
  const last = points.at(-1);
  return (
    <svg className="spark" width={WIDTH} height={HEIGHT} role="img" aria-label={label}>
      {threshold !== null && <line x1="0" x2={WIDTH} y1={y(threshold)} y2={y(threshold)} className="bound" />}
      <polyline points={points.map((point) => `${point.x.toFixed(1)},${point.y.toFixed(1)}`).join(" ")} />
      {points.map((point) => point.bad && <circle key={point.x} cx={point.x} cy={point.y} r="2.2" className="bad" />)}
      {last !== undefined && !last.bad && <circle cx={last.x} cy={last.y} r="2.2" />}
    </svg>
  );
}
