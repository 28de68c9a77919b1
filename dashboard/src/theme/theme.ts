/** Light or dark: the system's choice, or the reader's. */
import { useSyncExternalStore } from "react";

export type Theme = "system" | "light" | "dark";

const KEY = "idqp-theme";
const NEXT: Readonly<Record<Theme, Theme>> = { system: "light", light: "dark", dark: "system" };
const system = window.matchMedia("(prefers-color-scheme: dark)");
const listeners = new Set<() => void>();

export function chosen(): Theme {
  const kept = localStorage.getItem(KEY);
  return kept === "light" || kept === "dark" ? kept : "system";
}

export function turn(): void {
  localStorage.setItem(KEY, NEXT[chosen()]);
  apply();
}

/** Shows the page as chosen. */
export function apply(): void {
  const theme = chosen();
  if (theme === "system") {
    document.documentElement.removeAttribute("data-theme");
  } else {
    document.documentElement.dataset["theme"] = theme;
  }
  for (const listener of listeners) {
    listener();
  }
}

function subscribe(changed: () => void): () => void {
  listeners.add(changed);
  system.addEventListener("change", changed);
  return () => {
    listeners.delete(changed);
    system.removeEventListener("change", changed);
  };
}

const snapshot = (): string => `${chosen()} ${system.matches}`;

/** What the page looks like; changes when the choice or the system's does. */
export const useTheme = (): string => useSyncExternalStore(subscribe, snapshot);
