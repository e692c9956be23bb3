export interface ProjectRate {
  readonly project: string;
  /** Share to keep, 0..1. */
  readonly rate: number;
}

export interface StoredRate extends ProjectRate {
  readonly organization: string;
}

/** Where rates are kept: the port over whatever the ingestion reads them from. */
export interface RateStore {
  /** Stores all rates or none; a project's former rate is replaced. */
  storeRates(organization: string, rates: readonly ProjectRate[]): void;
  /** Ascending by organization, then project. */
  rates(): readonly StoredRate[];
  rateCount(): number;
}
