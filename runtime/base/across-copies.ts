/**
 * Makes `instanceof` of an error class accept errors of other copies of the package, and of other realms, by a mark on
 * their prototypes. `instanceof` of its subclasses works as usual.
 */
export function acrossCopies(type: abstract new (...args: never[]) => Error, name: string): void {
  const mark = Symbol.for(`taskwire.error.${name}`);
  Object.defineProperty(type.prototype, mark, { value: true });
  Object.defineProperty(type, Symbol.hasInstance, {
    value(this: unknown, value: unknown): boolean {
      if (this === type) return typeof value === "object" && value !== null && mark in value;
      return Reflect.apply(Function.prototype[Symbol.hasInstance], this, [value]);
    },
  });
}
