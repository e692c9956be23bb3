/** What had the focus when the address changed, while nobody has used it since; null: none, or it is in use. */
let leftBehind: Element | null = null;

/** The address changed. What led there still has the focus: a link, the search box. */
export function addressChanged(): void {
  leftBehind = document.activeElement;
}

/** Follows whether somebody uses what has the focus; ends never, as the page does not. */
export function watchFocus(): void {
  const use = () => {
    leftBehind = null;
  };
  for (const name of ["keydown", "input", "pointerdown"]) addEventListener(name, use, { capture: true, passive: true });
}

/** Whether a new page may take the focus: nobody types, has focused something or has a dialog open. */
export function focusIsFree(): boolean {
  if (document.querySelector("dialog[open]") !== null) return false;
  const { activeElement } = document;
  return activeElement === null || activeElement === document.body || activeElement === leftBehind;
}
