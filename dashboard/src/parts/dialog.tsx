import { type FormEvent, type ReactNode, useEffect, useId, useRef } from "react";

interface DialogProps {
  readonly title: string;
  readonly close: () => void;
  readonly quiet?: boolean;
  readonly children: ReactNode;
}

/** A dialog of the browser: it holds the focus, and Escape or a click outside closes it; `quiet` shows no title. */
export function Dialog({ title, close, quiet = false, children }: DialogProps) {
  const ref = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const before = document.activeElement;
    ref.current?.showModal();
    return () => {
      if (before instanceof HTMLElement) {
        before.focus();
      }
    };
  }, []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape does what a click outside does
    <dialog
      ref={ref}
      className="dialog"
      aria-labelledby={id}
      onClose={close}
      onClick={(event) => event.target === ref.current && close()}
    >
      <h2 id={id} className={quiet ? "unseen" : "title"}>
        {title}
      </h2>
      {children}
    </dialog>
  );
}

interface FormDialogProps extends DialogProps {
  readonly label: string;
  readonly busy: boolean;
  readonly error: ReactNode;
  readonly submit: (values: FormData) => void;
}

/** A dialog that asks for something and does it. */
export function FormDialog({ title, close, children, label, busy, error, submit }: FormDialogProps) {
  const send = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    submit(new FormData(event.currentTarget));
  };
  return (
    <Dialog title={title} close={close}>
      <form onSubmit={send}>
        {children}
        {error}
        <footer>
          <button type="button" className="button plain" onClick={close}>
            Cancel
          </button>
          <button type="submit" className="button main" disabled={busy}>
            {label}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}
