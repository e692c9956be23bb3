import { acrossCopies } from "../base/across-copies.js";
import { TaskwireError } from "../base/errors.js";

/** The testing kit is misused, or an expectation about recorded calls fails. */
export class TestingError extends TaskwireError {
  static {
    acrossCopies(TestingError, "TestingError");
  }
}

/** A drain failed; `code` is drain_limit, drain_failures or no_handler. */
export class DrainError extends TaskwireError {
  static {
    acrossCopies(DrainError, "DrainError");
  }
}
