import { Fragment } from "react";
import { Dialog } from "../parts/dialog";

const SHORTCUTS: readonly (readonly [keys: readonly string[], what: string])[] = [
  [["?"], "show these shortcuts"],
  [["Ctrl", "K"], "go to a page, a dataset or an incident"],
  [["g", "o"], "overview"],
  [["g", "d"], "datasets"],
  [["g", "i"], "incidents"],
  [["g", "r"], "runs"],
  [["g", "a"], "audit log"],
  [["g", "p"], "people"],
  [["/"], "search in a list"],
  [["j"], "next in a list"],
  [["k"], "previous in a list"],
  [["Enter"], "open"],
  [["x"], "select an incident of the list"],
  [["m"], "assign"],
  [["a"], "acknowledge"],
  [["s"], "snooze"],
  [["r"], "resolve, or reopen"],
  [["t"], "light, dark, or as the system"],
];

export function Shortcuts({ close }: { readonly close: () => void }) {
  return (
    <Dialog title="Keyboard shortcuts" close={close}>
      <div className="inside">
        <dl className="keys">
          {SHORTCUTS.map(([keys, what]) => (
            <Fragment key={what}>
              <dt>
                {keys.map((key) => (
                  <kbd key={key}>{key}</kbd>
                ))}
              </dt>
              <dd>{what}</dd>
            </Fragment>
          ))}
        </dl>
      </div>
    </Dialog>
  );
}
