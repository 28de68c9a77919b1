/** Filters that live in the address of the page, so that a link shows what was seen. */
import { useEffect, useRef, useState } from "react";
import { navigate, useSearch } from "wouter/use-browser-location";

export type Change = (changed: Readonly<Record<string, string | null>>) => void;

/** The filters of the address, and a function that changes some of them. */
export function useFilters(): readonly [URLSearchParams, Change] {
  const filters = new URLSearchParams(useSearch());
  const change: Change = (changed) => {
    const next = new URLSearchParams(window.location.search);
    for (const [name, value] of Object.entries(changed)) {
      if (value === null || value === "") {
        next.delete(name);
      } else {
        next.set(name, value);
      }
    }
    const text = next.toString();
    navigate(window.location.pathname + (text === "" ? "" : `?${text}`), { replace: true });
  };
  return [filters, change];
}

interface SelectProps {
  readonly label: string;
  readonly name: string;
  readonly options: readonly (readonly [value: string, label: string])[];
}

export function SelectFilter({ label, name, options }: SelectProps) {
  const [filters, change] = useFilters();
  const value = filters.get(name) ?? "";
  const known = options.some(([option]) => option === value);
  return (
    <select
      className="input"
      aria-label={label}
      value={value}
      onChange={(event) => change({ [name]: event.target.value })}
    >
      {options.map(([option, shown]) => (
        <option key={option} value={option}>
          {shown}
        </option>
      ))}
      {!known && <option value={value}>{value}</option>}
    </select>
  );
}

const PAUSE = 250;

/** A text to look for; the address follows when the typing pauses. */
export function TextFilter({ label, name }: { readonly label: string; readonly name: string }) {
  const [filters, change] = useFilters();
  const inAddress = filters.get(name) ?? "";
  const [text, setText] = useState(inAddress);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => setText(inAddress), [inAddress]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const type = (typed: string) => {
    setText(typed);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => change({ [name]: typed }), PAUSE);
  };
  return (
    <input
      type="search"
      className="input search"
      placeholder={label}
      aria-label={label}
      value={text}
      onChange={(event) => type(event.target.value)}
      data-search
    />
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly name: string;
  readonly options: readonly (readonly [value: string, label: string])[];
}

/** One of a few, side by side. */
export function ChoiceFilter({ label, name, options }: ChoiceProps) {
  const [filters, change] = useFilters();
  const value = filters.get(name) ?? "";
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset would need a legend of its own
    <div className="choice" role="group" aria-label={label}>
      {options.map(([option, shown]) => (
        <button key={option} type="button" aria-pressed={option === value} onClick={() => change({ [name]: option })}>
          {shown}
        </button>
      ))}
    </div>
  );
}
