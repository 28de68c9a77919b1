import type { SchemaColumn } from "../../api/types";

export function ColumnTable({ columns }: { readonly columns: readonly SchemaColumn[] }) {
  return (
    <div className="scroll">
      <table className="table">
        <thead>
          <tr>
            <th scope="col">Column</th>
            <th scope="col">Type</th>
            <th scope="col">May be missing</th>
          </tr>
        </thead>
        <tbody>
          {columns.map((column) => (
            <tr key={column.column}>
              <th scope="row" className="mono">
                {column.column}
              </th>
              <td className="mono dim">{column.type}</td>
              <td>{column.required === true || !column.nullable ? "no" : "yes"}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
