import { settings } from "../data/settings.ts";
import { Dialog } from "../parts/dialog/dialog.tsx";
import { shortcutGroups } from "../parts/keys/keys.ts";

/** Every shortcut that works on the present screen. */
export function Help({ onClose }: { readonly onClose: () => void }) {
  const titles = [...new Set(shortcutGroups.value.map(({ title }) => title))];
  return (
    <Dialog title="Keyboard" onClose={onClose}>
      {!settings.value.shortcuts && <p>Shortcuts are turned off, but for this one; turn them on in the settings.</p>}
      <div class="help">
        {titles.map((title) => (
          <section key={title}>
            <h3>{title}</h3>
            <dl>
              {shortcutGroups.value
                .filter((group) => group.title === title)
                .flatMap(({ shortcuts }) => shortcuts)
                .map(({ keys, label }) => (
                  <div key={keys}>
                    <dt>
                      {keys.split(" ").map((key) => (
                        <kbd key={key}>{key}</kbd>
                      ))}
                    </dt>
                    <dd>{label}</dd>
                  </div>
                ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
