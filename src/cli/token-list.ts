import { defineCommand } from "./command.ts";
import { existingDatabase } from "./keeping-settings.ts";
import type { Settings } from "./setting.ts";
import { onOrOff } from "./setting-values.ts";
import { tokenJson, tokenTable } from "./token-text.ts";
import { withTokens } from "./with-tokens.ts";

const settings = {
  json: { flag: "json", fallback: "false", help: "print a JSON array instead of a table", read: onOrOff },
  databaseFile: existingDatabase,
} as const satisfies Settings;

/** Shows who may come in. */
export const tokenList = defineCommand({
  name: "token list",
  summary: "list the tokens, without their secrets",
  about: "Lists the tokens and certificates that were ever made, revoked and expired ones too. Secrets are not stored.",
  settings,
  run: async ({ json, databaseFile: file }) =>
    withTokens("openExisting", file, (tokens) => {
      const all = tokens.listTokens();
      return json ? `${JSON.stringify(all.map(tokenJson), undefined, 2)}\n` : tokenTable(all, Date.now());
    }),
});
