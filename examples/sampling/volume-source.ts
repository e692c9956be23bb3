/** What one project sent in the window. */
export interface ProjectTotal {
  readonly project: string;
  /** Root transactions, a whole number of at least 0. */
  readonly total: number;
}

export interface OrganizationVolumes {
  readonly organization: string;
  /** Ascending by project. */
  readonly projects: readonly ProjectTotal[];
}

/** Where volumes are read: the port over whatever counts them. */
export interface VolumeSource {
  /** Every organization with its projects, ascending by organization. */
  organizations(): readonly OrganizationVolumes[];
  /** The place of an organization in sorted order, from 1. Throws UnknownOrganization. */
  organizationNumber(organization: string): number;
}
