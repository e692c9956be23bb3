import { person } from "../data/session.ts";
import { choose, type Settings, settings } from "../data/settings.ts";
import { Dialog } from "../parts/dialog/dialog.tsx";
import { clip } from "../parts/text/clip.ts";
import { signOut } from "./sign-in.ts";

interface Choice<Key extends keyof Settings> {
  readonly of: Key;
  readonly legend: string;
  readonly options: readonly (readonly [Settings[Key], string])[];
}

const SCHEME: Choice<"scheme"> = {
  of: "scheme",
  legend: "Colours",
  options: [
    ["system", "As the system"],
    ["light", "Light"],
    ["dark", "Dark"],
  ],
};
const ZONE: Choice<"zone"> = {
  of: "zone",
  legend: "Times",
  options: [
    ["local", "In my zone"],
    ["utc", "In UTC"],
  ],
};
const REFRESH: Choice<"refresh"> = {
  of: "refresh",
  legend: "Refresh",
  options: [
    [1, "Every second"],
    [5, "Every 5 s"],
    [15, "Every 15 s"],
    [0, "Only when I ask"],
  ],
};
const SHORTCUTS: Choice<"shortcuts"> = {
  of: "shortcuts",
  legend: "Keyboard shortcuts",
  options: [
    [true, "On"],
    [false, "Off"],
  ],
};

export function SettingsDialog({ onClose }: { readonly onClose: () => void }) {
  const is = person();
  return (
    <Dialog
      title="Settings"
      onClose={onClose}
      foot={
        <button type="button" class="button" onClick={signOut}>
          Sign out
        </button>
      }
    >
      {is !== null && (
        <p>
          Signed in as <strong>{clip(is.name, 80)}</strong>, who may{" "}
          {is.role === "operate" ? "look and change" : "look"}
          {is.reveal ? ", and reveal sensitive values" : ""}. Taskwire {is.version}.
        </p>
      )}
      <Choices choice={SCHEME} />
      <Choices choice={ZONE} />
      <Choices choice={REFRESH} />
      <Choices choice={SHORTCUTS} />
    </Dialog>
  );
}

function Choices<Key extends keyof Settings>({ choice: { of, legend, options } }: { readonly choice: Choice<Key> }) {
  return (
    <fieldset class="choices">
      <legend>{legend}</legend>
      {options.map(([value, label]) => (
        <label key={label}>
          <input
            type="radio"
            name={of}
            checked={settings.value[of] === value}
            onChange={() => choose({ ...settings.value, [of]: value })}
          />
          {label}
        </label>
      ))}
    </fieldset>
  );
}
