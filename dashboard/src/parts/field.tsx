import type { InputHTMLAttributes, ReactNode } from "react";

interface FieldProps extends InputHTMLAttributes<HTMLInputElement> {
  readonly label: string;
  readonly hint?: ReactNode;
}

export function Field({ label, hint, ...input }: FieldProps) {
  return (
    <label className="field">
      <span>
        {label} {hint !== undefined && <span className="hint">{hint}</span>}
      </span>
      <input className="input" {...input} />
    </label>
  );
}

interface ChoiceProps {
  readonly name: string;
  readonly label: string;
  readonly options: readonly (readonly [value: string, label: string, hint?: string])[];
  readonly chosen?: string;
}

/** One of a few, each with what it means. */
export function Options({ name, label, options, chosen }: ChoiceProps) {
  return (
    <fieldset className="options">
      <legend className="unseen">{label}</legend>
      {options.map(([value, shown, hint]) => (
        <label key={value}>
          <input type="radio" name={name} value={value} defaultChecked={value === chosen} required />
          <span>{shown}</span>
          {hint !== undefined && <span className="hint">{hint}</span>}
        </label>
      ))}
    </fieldset>
  );
}
