import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { useLocation } from "wouter";
import { listen } from "../api/live";
import { turn } from "../theme/theme";
import { useKeys } from "./keys";
import { LINKS } from "./links";
import { Palette } from "./palette";
import { Shortcuts } from "./shortcuts";
import { Side } from "./side";

type Opened = "none" | "help" | "palette";

/** What is around every page: navigation, shortcuts, and the stream of changes. */
export function Shell({ children }: { readonly children: ReactNode }) {
  const [opened, setOpened] = useState<Opened>("none");
  const live = useLive();
  const [location, go] = useLocation();
  const main = useRef<HTMLElement>(null);
  const seen = useRef(location);
  useEffect(() => {
    if (seen.current !== location) {
      seen.current = location;
      window.scrollTo(0, 0);
      main.current?.focus({ preventScroll: true });
    }
  }, [location]);
  useKeys({
    ...Object.fromEntries(LINKS.map((link) => [`g ${link.key}`, () => go(link.href)])),
    "?": () => setOpened("help"),
    "/": () => document.querySelector<HTMLInputElement>("[data-search]")?.focus(),
    t: turn,
  });
  usePaletteKey(() => setOpened("palette"));
  const close = () => setOpened("none");
  return (
    <div className="shell">
      <a className="skip" href="#main">
        Skip to the page
      </a>
      <Side live={live} help={() => setOpened("help")} search={() => setOpened("palette")} />
      <main id="main" className="content" tabIndex={-1} ref={main}>
        <div className="page">{children}</div>
      </main>
      {opened === "help" && <Shortcuts close={close} />}
      {opened === "palette" && <Palette close={close} />}
    </div>
  );
}

function useLive(): boolean {
  const client = useQueryClient();
  const [live, setLive] = useState(false);
  useEffect(() => listen(client, setLive), [client]);
  return live;
}

function usePaletteKey(open: () => void): void {
  const current = useRef(open);
  current.current = open;
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key === "k" && document.querySelector("dialog[open]") === null) {
        event.preventDefault();
        current.current();
      }
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, []);
}
