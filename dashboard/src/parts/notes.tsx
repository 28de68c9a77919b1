/** Short messages about what was done, which go away by themselves. */
import { createContext, type ReactNode, useCallback, useContext, useMemo, useRef, useState } from "react";
import { wording } from "../api/problem";

interface Note {
  readonly id: number;
  readonly text: string;
  readonly bad: boolean;
}

interface Notes {
  readonly say: (text: string) => void;
  readonly fail: (error: unknown) => void;
}

const SHOWN_FOR = 5000;
const Context = createContext<Notes>({ say: () => undefined, fail: () => undefined });

export const useNotes = (): Notes => useContext(Context);

export function NotesProvider({ children }: { readonly children: ReactNode }) {
  const [notes, setNotes] = useState<readonly Note[]>([]);
  const last = useRef(0);
  const add = useCallback((text: string, bad: boolean) => {
    last.current += 1;
    const id = last.current;
    setNotes((shown) => [...shown.slice(-2), { id, text, bad }]);
    setTimeout(() => setNotes((shown) => shown.filter((note) => note.id !== id)), SHOWN_FOR);
  }, []);
  const value = useMemo(
    () => ({ say: (text: string) => add(text, false), fail: (error: unknown) => add(wording(error), true) }),
    [add],
  );
  return (
    <Context value={value}>
      {children}
      <div className="notes" role="status" aria-live="polite">
        {notes.map((note) => (
          <div key={note.id} className={note.bad ? "note bad" : "note"}>
            {note.text}
          </div>
        ))}
      </div>
    </Context>
  );
}
