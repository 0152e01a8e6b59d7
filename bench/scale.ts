/** How much is stored and how long warming up takes. */
export interface Scale {
  /** Organisations that are asked for in turn, in every row that checks. */
  readonly workingSet: number;
  /** The smaller and the larger number of stored organisations; each has three overrides. */
  readonly fewOrganisations: number;
  readonly manyOrganisations: number;
  /** Stored overrides in the row of starting. */
  readonly startOverrides: number;
  /** Overrides before the page that lies deep in the list. */
  readonly deepRows: number;
  /** Streams that are open at a time in the rows of watching. */
  readonly watchers: number;
  /** How long each subject is warmed up before the first round, in seconds. */
  readonly warmUpSeconds: number;
}

/** The sizes of the issue. */
export const fullScale: Scale = {
  workingSet: 1000,
  fewOrganisations: 1000,
  manyOrganisations: 1_000_000,
  startOverrides: 10_000_000,
  deepRows: 1_000_000,
  watchers: 5000,
  warmUpSeconds: 8,
};

/** Sizes that show that every row runs. */
export const shortScale: Scale = {
  workingSet: 20,
  fewOrganisations: 20,
  manyOrganisations: 400,
  startOverrides: 1200,
  deepRows: 600,
  watchers: 20,
  warmUpSeconds: 0.01,
};
