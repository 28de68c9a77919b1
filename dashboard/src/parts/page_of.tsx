import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Problem, wording } from "../api/problem";
import { Heading } from "./heading";
import { Empty, Failure, Loading } from "./states";

interface PageOfProps<T> {
  readonly query: UseQueryResult<T>;
  readonly title: string;
  readonly crumb: readonly [string, string];
  readonly children: (data: T) => ReactNode;
}

/** The page of one thing; it has a heading also while the thing is read, and where there is none. */
export function PageOf<T>({ query, title, crumb, children }: PageOfProps<T>) {
  if (query.data !== undefined) {
    return children(query.data);
  }
  return (
    <>
      <Heading title={title} crumb={crumb} />
      {query.error === null ? <Reading /> : <Refused error={query.error} again={() => void query.refetch()} />}
    </>
  );
}

function Reading() {
  return (
    <div className="card">
      <Loading lines={8} />
    </div>
  );
}

function Refused({ error, again }: { readonly error: unknown; readonly again: () => void }) {
  if (error instanceof Problem && error.status === 404) {
    return (
      <div className="card">
        <Empty icon="search" title={wording(error)} />
      </div>
    );
  }
  return <Failure error={error} again={again} />;
}
