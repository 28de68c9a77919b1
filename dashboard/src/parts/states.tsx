import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { wording } from "../api/problem";
import { Icon, type IconName } from "./icon";

export function Loading({ lines = 4 }: { readonly lines?: number }) {
  const rows = Array.from({ length: lines }, (_, row) => row);
  return (
    <div className="loading" role="status">
      <span className="unseen">Loading</span>
      {rows.map((row) => (
        <i key={row} />
      ))}
    </div>
  );
}

export function Failure({ error, again }: { readonly error: unknown; readonly again?: (() => void) | undefined }) {
  return (
    <div className="failure" role="alert">
      <span>{wording(error)}</span>
      {again !== undefined && (
        <button type="button" className="button tiny" onClick={again}>
          Try again
        </button>
      )}
    </div>
  );
}

interface EmptyProps {
  readonly icon: IconName;
  readonly title: string;
  readonly children?: ReactNode;
}

export function Empty({ icon, title, children }: EmptyProps) {
  return (
    <div className="empty">
      <Icon name={icon} />
      <strong>{title}</strong>
      {children}
    </div>
  );
}

interface ShownProps<T> {
  readonly query: UseQueryResult<T>;
  readonly lines?: number;
  readonly children: (data: T) => ReactNode;
}

/** What was read, or that it is being read, or why it could not be. */
export function Shown<T>({ query, lines, children }: ShownProps<T>) {
  if (query.data !== undefined) {
    return children(query.data);
  }
  if (query.error !== null) {
    return <Failure error={query.error} again={() => void query.refetch()} />;
  }
  return lines === undefined ? <Loading /> : <Loading lines={lines} />;
}
