/** What was opened one after the other, and is closed the other way round. */
export class Opened implements AsyncDisposable {
  readonly #all: AsyncDisposable[] = [];

  add<Resource extends AsyncDisposable>(resource: Resource): Resource {
    this.#all.push(resource);
    return resource;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const resource of this.#all.reverse()) await resource[Symbol.asyncDispose]();
  }

  /** Closes everything when `open` fails. */
  static async whole<Result>(open: (opened: Opened) => Promise<Result>): Promise<Result> {
    const opened = new Opened();
    try {
      return await open(opened);
    } catch (error) {
      await opened[Symbol.asyncDispose]();
      throw error;
    }
  }
}
