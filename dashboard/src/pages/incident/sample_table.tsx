import type { Sample, Scalar } from "../../api/types";
import { integer } from "../../words/numbers";

interface Column {
  readonly name: string;
  readonly wrong: boolean;
  readonly cell: (sample: Sample) => Scalar | undefined;
}

/** Failing rows: where they are, what is wrong in them, and the key that names them. */
export function SampleTable({ samples }: { readonly samples: readonly Sample[] }) {
  if (samples.length === 0) {
    return <p className="dim rest">No row was kept of this run.</p>;
  }
  const columns = columnsOf(samples);
  return (
    <div className="scroll">
      <table className="table">
        <thead>
          <tr>
            <th scope="col">Where</th>
            {columns.map((column) => (
              <th key={column.name} scope="col">
                {column.name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {samples.map((sample) => (
            <tr key={JSON.stringify(sample)}>
              <td className="dim nowrap number">{where(sample)}</td>
              {columns.map((column) => (
                <td key={column.name} className={column.wrong ? "mono wrong" : "mono"}>
                  <Cell value={column.cell(sample)} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Cell({ value }: { readonly value: Scalar | undefined }) {
  if (value === undefined) {
    return null;
  }
  return value === null ? <em className="dim">missing</em> : String(value);
}

function columnsOf(samples: readonly Sample[]): readonly Column[] {
  const keys = names(samples.map((sample) => sample.key));
  const values = names(samples.map((sample) => sample.values)).filter((name) => !keys.includes(name));
  const unparsed = samples.some((sample) => sample.expected !== undefined);
  return [
    ...(unparsed ? UNPARSED : []),
    ...values.map((name) => ({ name, wrong: true, cell: (sample: Sample) => sample.values?.[name] })),
    ...keys.map((name) => ({ name, wrong: false, cell: (sample: Sample) => sample.key?.[name] })),
    ...(samples.some((sample) => sample.count !== undefined) ? [COUNT] : []),
  ];
}

const UNPARSED: readonly Column[] = [
  { name: "Column", wrong: false, cell: (sample) => sample.column },
  { name: "Value", wrong: true, cell: (sample) => sample.value },
  { name: "Expected", wrong: false, cell: (sample) => sample.expected },
];
const COUNT: Column = { name: "Rows", wrong: false, cell: (sample) => sample.count };

function names(cells: readonly (Readonly<Record<string, Scalar>> | undefined)[]): readonly string[] {
  return [...new Set(cells.flatMap((one) => Object.keys(one ?? {})))];
}

function where(sample: Sample): string {
  const line = sample.line == null ? "" : `${sample.unit ?? "line"} ${integer(sample.line)}`;
  return [sample.file, line].filter(Boolean).join(", ");
}
