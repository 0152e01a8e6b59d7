/** The query of when something is next to begin or end by itself, in milliseconds since 1970; NULL for never. */
export const selectNextDue = `
  SELECT min(due) FROM (
    SELECT min(expires_at) AS due FROM overrides WHERE expires_at IS NOT NULL
    UNION ALL SELECT min(starts_at) FROM scheduled_settings)`;
