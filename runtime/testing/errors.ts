import { acrossCopies } from "../base/across-copies.js";
import { TaskwireError } from "../base/errors.js";

/** The testing kit is used wrongly, or an expectation on recorded calls does not hold. */
export class TestingError extends TaskwireError {
  static {
    acrossCopies(TestingError, "TestingError");
  }
}

/** A drain did not end as it should; `code` says why: drain_limit, drain_failures or no_handler. */
export class DrainError extends TaskwireError {
  static {
    acrossCopies(DrainError, "DrainError");
  }
}
