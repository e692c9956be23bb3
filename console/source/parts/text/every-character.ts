import { type ComponentChildren, Fragment, options } from "preact";
import { markOf } from "./clip.ts";

/** Characters that are invisible or change the direction of text, but for line ends, tabs, and what joins emoji and letters. */
const HIDDEN = /(?![\n\t\u200c\u200d])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/**
 * From now on every text that is drawn shows each of its characters, wherever it comes from: nobody has to remember it. What
 * is edited stays as it is.
 */
export function showEveryCharacter(): void {
  const before = options.vnode;
  options.vnode = (vnode) => {
    const { type, props } = vnode;
    if (type === Fragment || (typeof type === "string" && type !== "textarea")) props.children = shown(props.children);
    before?.(vnode);
  };
}

function shown(children: ComponentChildren): ComponentChildren {
  if (typeof children === "string") return children.replaceAll(HIDDEN, markOf);
  return Array.isArray(children) ? children.map(shown) : children;
}
