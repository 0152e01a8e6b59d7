/** The query of when something is next to begin or end by itself, in milliseconds since 1970; NULL for never. */
export const selectNextDue = `
  SELECT min(due) FROM (
    SELECT min(expires_at) AS due FROM overrides WHERE expires_at IS NOT NULL
    UNION ALL SELECT min(starts_at) FROM scheduled_settings)`;

/** The query of whether something of the organisation `:orgId` is due at `:time`, by the primary keys. */
export const selectIsDue = `
  SELECT EXISTS (SELECT 1 FROM overrides WHERE org_id = :orgId AND +expires_at <= :time)
    OR EXISTS (SELECT 1 FROM scheduled_settings WHERE org_id = :orgId AND +starts_at <= :time)`;
