import { lazy, Suspense } from "react";
import { Loading } from "../parts/states";

const Drawn = lazy(() => import("./trend"));

/** A trend; what draws it is loaded with the first one. */
export function Trend(props: React.ComponentProps<typeof Drawn>) {
  return (
    <Suspense fallback={<Loading lines={5} />}>
      <Drawn {...props} />
    </Suspense>
  );
}
