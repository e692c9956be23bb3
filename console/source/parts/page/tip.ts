/** Pixels between a tip and what it is of, and between a tip and the window's edge. */
const DISTANCE = 6;

/**
 * Shows the `data-tip` of what the pointer or the focus is on, above everything, dialogs too, and inside the window. Esc hides
 * it. It is one element for the whole page.
 */
export function showTips(): void {
  const tip = document.createElement("div");
  tip.id = "tip";
  tip.className = "tip";
  tip.setAttribute("role", "tooltip");
  tip.popover = "manual";
  document.body.append(tip);
  let shownFor: HTMLElement | undefined;

  const hide = () => {
    shownFor?.removeAttribute("aria-describedby");
    shownFor = undefined;
    tip.hidePopover();
  };
  const follow = ({ target }: Event) => {
    const found = target instanceof Element ? target.closest<HTMLElement>("[data-tip]") : null;
    const text = found?.dataset.tip ?? "";
    if (found === shownFor && tip.textContent === text) return;
    if (shownFor !== undefined) hide();
    if (found === null || text === "") return;
    shownFor = found;
    tip.textContent = text;
    if (!found.hasAttribute("aria-describedby")) found.setAttribute("aria-describedby", tip.id);
    tip.showPopover();
    place(tip, found.getBoundingClientRect());
  };
  for (const name of ["pointerover", "focusin"]) document.addEventListener(name, follow);
  document.addEventListener("focusout", () => shownFor !== undefined && hide());
  document.addEventListener("scroll", () => shownFor !== undefined && hide(), { capture: true, passive: true });
  document.addEventListener("keydown", ({ key }) => key === "Escape" && shownFor !== undefined && hide());
}

/** Below what it is of, or above where there is no room. */
function place(tip: HTMLElement, of: DOMRect): void {
  const { width, height } = tip.getBoundingClientRect();
  const left = Math.min(Math.max(DISTANCE, of.left), innerWidth - width - DISTANCE);
  const below = of.bottom + DISTANCE;
  tip.style.left = `${left}px`;
  tip.style.top = `${below + height <= innerHeight ? below : Math.max(0, of.top - height - DISTANCE)}px`;
}
