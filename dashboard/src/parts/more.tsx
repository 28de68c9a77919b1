import type { UseInfiniteQueryResult } from "@tanstack/react-query";

/** The button below a list that goes on. */
export function More({ query }: { readonly query: UseInfiniteQueryResult<unknown> }) {
  if (!query.hasNextPage) {
    return null;
  }
  return (
    <div className="show-more">
      <button
        type="button"
        className="button"
        disabled={query.isFetchingNextPage}
        onClick={() => void query.fetchNextPage()}
      >
        {query.isFetchingNextPage ? "Loading…" : "Show more"}
      </button>
    </div>
  );
}
