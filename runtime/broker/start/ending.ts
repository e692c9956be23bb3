/** How a broker ends: `ended` rejects after `fail` and resolves after `finish`, whichever comes first. */
export class Ending {
  readonly ended: Promise<void>;
  readonly fail: (error: unknown) => void;
  readonly finish: () => void;

  constructor() {
    let fail: (error: unknown) => void = () => {};
    let finish: () => void = () => {};
    this.ended = new Promise<void>((resolve, reject) => {
      finish = resolve;
      fail = reject;
    });
    // Nobody has to wait for it.
    this.ended.catch(() => {});
    this.fail = fail;
    this.finish = finish;
  }
}
