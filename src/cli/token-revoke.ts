import { defineCommand } from "./command.ts";
import { existingDatabase } from "./keeping-settings.ts";
import type { Settings } from "./setting.ts";
import { withTokens } from "./with-tokens.ts";

const settings = { databaseFile: existingDatabase } as const satisfies Settings;

/** Lets somebody in no more. */
export const tokenRevoke = defineCommand({
  name: "token revoke",
  summary: "have a token count no longer",
  about: "Revokes a token or a certificate by its id: running services refuse it from the next request on.",
  operands: ["ID"],
  settings,
  run: async ({ databaseFile: file }, { operands: [id = ""] }) =>
    withTokens("openExisting", file, (tokens) => {
      const { kind, name, revokedAt = 0 } = tokens.revokeToken(id);
      return `${kind} ${id} of ${JSON.stringify(name)} is revoked since ${new Date(revokedAt).toISOString()}\n`;
    }),
});
