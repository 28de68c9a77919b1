import { useSyncExternalStore } from "react";
import { ago, exact } from "../words/time";

const TICK = 20_000;
let now = Date.now();

function subscribe(changed: () => void): () => void {
  const timer = setInterval(() => {
    now = Date.now();
    changed();
  }, TICK);
  return () => clearInterval(timer);
}

/** A time as how long ago it was; the exact one is in the title. */
export function Ago({ time }: { readonly time: string }) {
  const at = useSyncExternalStore(subscribe, () => now);
  return (
    <time dateTime={time} title={exact(time)} className="nowrap">
      {ago(time, Math.max(at, Date.now() - TICK))}
    </time>
  );
}
