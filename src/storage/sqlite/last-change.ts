/** The query of the revision of the last change of an organisation, by the parameter `:orgId`; it outlives the history that is kept. */
export const selectLastChange = `
  SELECT coalesce(
    (SELECT max(revision) FROM changes WHERE org_id = :orgId),
    (SELECT pruned_revision FROM organisations WHERE org_id = :orgId),
    0)`;
