/** Keyboard shortcuts: single keys, and `g` with another one after it. */
import { useEffect, useRef } from "react";

export type Keys = Readonly<Record<string, () => void>>;

const PAUSE = 1200;

/** Calls what a key stands for, unless the reader is typing or a dialog is open. */
export function useKeys(keys: Keys): void {
  const current = useRef(keys);
  current.current = keys;
  useEffect(() => {
    let before = "";
    let at = 0;
    const press = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || busy(event.target)) {
        return;
      }
      const pair = event.timeStamp - at < PAUSE ? `${before} ${event.key}` : "";
      const action = current.current[pair] ?? (before === "g" && pair !== "" ? undefined : current.current[event.key]);
      before = event.key;
      at = event.timeStamp;
      if (action !== undefined) {
        event.preventDefault();
        before = "";
        action();
      }
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, []);
}

function busy(target: EventTarget | null): boolean {
  const typing = target instanceof HTMLElement && target.closest("input, textarea, select, [contenteditable]") !== null;
  return typing || document.querySelector("dialog[open]") !== null;
}
